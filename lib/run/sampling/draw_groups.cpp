#include <thalweg/run/sampling/draw_groups.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>
#include <thalweg/core/version.hpp>
#include <thalweg/io/provenance.hpp>

namespace thalweg {

namespace {

struct Statistic {
  const char* name;
  Variable::Type type;
  const char* long_name;
  double (*value)(const SampleInfo&);
};

constexpr auto real = Variable::Type::real;
constexpr auto integer = Variable::Type::integer;
constexpr auto boolean = Variable::Type::boolean;

const Statistic statistics[] = {
    {"lp", real, "log joint density, -U", [](const SampleInfo& s) { return s.lp; }},
    {"acceptance_rate", real, "mean acceptance probability over the trajectory",
     [](const SampleInfo& s) { return s.acceptance_rate; }},
    {"step_size", real, "step size", [](const SampleInfo& s) { return s.step_size; }},
    {"energy", real, "H = U/T + kinetic energy of the draw",
     [](const SampleInfo& s) { return s.energy; }},
    {"energy_error", real, "H of the draw - H at the start of its trajectory",
     [](const SampleInfo& s) { return s.energy_error; }},
    {"max_energy_error", real, "energy error of largest size along the trajectory",
     [](const SampleInfo& s) { return s.max_energy_error; }},
    {"int_time", real, "length of the trajectory in time",
     [](const SampleInfo& s) { return s.int_time; }},
    {"n_steps", integer, "integrator steps",
     [](const SampleInfo& s) { return static_cast<double>(s.n_steps); }},
    {"n_gradients", integer, "gradients",
     [](const SampleInfo& s) { return static_cast<double>(s.n_gradients); }},
    {"tree_depth", integer, "doublings of the trajectory",
     [](const SampleInfo& s) { return static_cast<double>(s.tree_depth); }},
    {"reached_max_treedepth", boolean, "the trajectory was cut at the greatest depth",
     [](const SampleInfo& s) { return s.reached_max_treedepth ? 1.0 : 0.0; }},
    {"diverging", boolean, "the energy error passed the bound of divergence",
     [](const SampleInfo& s) { return s.diverging ? 1.0 : 0.0; }},
    {"replica", integer, "walker of the ladder of temperatures that gave the draw",
     [](const SampleInfo& s) { return static_cast<double>(s.replica); }},
};

const Statistic& find(const std::string& name) {
  for (const auto& s : statistics)
    if (name == s.name) return s;
  throw ModelError("a sampler tells \"" + name + "\", which SampleInfo does not have");
}

// W1 of shape (8, 4): axes W1_dim_0 and W1_dim_1, the names that readers of ArviZ files expect.
Variable block_variable(const Block& b) {
  Variable v{.name = b.name, .unit = b.unit, .long_name = "parameter " + b.name};
  for (std::size_t i = 0; i < b.shape.size(); ++i)
    v.axes.push_back({.name = fmt::format("{}_dim_{}", b.name, i), .size = b.shape[i]});
  return v;
}

}  // namespace

void check_keep(const AnyPotential& potential, const DrawsConfig& config) {
  std::set<std::string> known{"posterior"};
  for (const auto& b : potential.layout()) known.insert(b.name);
  for (const auto& d : potential.draw_quantities()) {
    known.insert(d.group);
    known.insert(d.observable.variable.name);
  }
  for (std::size_t i = 0; i < config.keep.size(); ++i) {
    const auto& wanted = config.keep[i];
    if (known.contains(wanted)) continue;
    throw ConfigError(fmt::format(
        "{} = \"{}\" is neither a group nor a variable of this model's draws{} (there are {})",
        config.keep_places.at(i), wanted,
        name_hint(wanted, std::vector<std::string>(known.begin(), known.end())),
        fmt::join(known, ", ")));
  }
}

void DrawGroups::Group::add(Variable variable,
                            std::function<void(In, const SampleInfo&, Out)> value) {
  width += variable.size();
  variables.push_back(std::move(variable));
  values.push_back(std::move(value));
}

DrawGroups::Group& DrawGroups::group(const std::string& name) {
  for (auto& g : groups_)
    if (g.name == name) return g;
  return groups_.emplace_back(Group{.name = name});
}

DrawGroups::DrawGroups(const AnyPotential& potential, const SamplerInfo& sampler,
                       const DrawsConfig& config)
    : chains_(config.chains) {
  const auto quantities = potential.draw_quantities();
  const auto wanted = [&](const std::string& group, const std::string& variable) {
    const auto& k = config.keep;
    return k.empty() || std::ranges::count(k, group) || std::ranges::count(k, variable);
  };

  for (const auto& b : potential.layout())
    if (wanted("posterior", b.name))
      group("posterior").add(block_variable(b), [b](In q, const SampleInfo&, Out out) {
        out = q.segment(b.offset, b.size());
      });
  for (const auto& d : quantities)
    if (wanted(d.group, d.observable.variable.name))
      group(d.group).add(d.observable.variable,
                         [compute = d.observable.compute](In q, const SampleInfo&, Out out) {
                           compute(q, 0.0, out);
                         });
  auto& stats = group("sample_stats");
  std::vector<std::string> names{"lp"};
  for (const auto& n : sampler.statistics)
    if (std::ranges::count(names, n) == 0) names.push_back(n);
  for (const auto& n : names) {
    const auto& s = find(n);
    Variable v{.name = s.name, .long_name = s.long_name};
    v.type = s.type;
    if (v.name == "acceptance_rate" && !sampler.adjusted)
      v.comment = "without a Metropolis test: " + sampler.approximation;
    stats.add(std::move(v),
              [value = s.value](In, const SampleInfo& info, Out out) { out[0] = value(info); });
  }
  if (config.store_warmup)
    for (const std::string name : {"posterior", "sample_stats"}) {
      const auto it = std::ranges::find(groups_, name, &Group::name);
      if (it == groups_.end()) continue;
      Group copy = *it;
      copy.name = "warmup_" + name;
      copy.warmup = true;
      groups_.push_back(std::move(copy));
    }
}

std::vector<SeriesSchema> DrawGroups::schemas() const {
  std::vector<SeriesSchema> all;
  for (const auto& g : groups_) {
    SeriesSchema s{.name = g.name, .variables = g.variables};
    s.group = "/" + g.name;
    s.chains = chains_;
    std::vector<std::string> names;
    for (const auto& v : g.variables) names.push_back(v.name);
    s.attributes = {{"created_at", utc_now()},
                    {"creation_library", std::string("thalweg")},
                    {"creation_library_version", build_info().version},
                    {"creation_library_language", std::string("C++")},
                    {"inference_library", std::string("thalweg")},
                    {"inference_library_version", build_info().version},
                    {"sample_dims", std::vector<std::string>{"chain", "draw"}},
                    {"sampled_variables", names}};
    all.push_back(std::move(s));
  }
  return all;
}

void DrawGroups::fill(std::size_t g, In q, const SampleInfo& info, Out out) const {
  Index at = 0;
  const auto& group = groups_[g];
  for (std::size_t i = 0; i < group.variables.size(); ++i) {
    const Index n = group.variables[i].size();
    group.values[i](q, info, out.segment(at, n));
    at += n;
  }
}

}  // namespace thalweg
