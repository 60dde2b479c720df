#include <thalweg/diagnose/draws_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thalweg/core/names.hpp>
#include <thalweg/io/run_directory.hpp>

namespace thalweg {
namespace {

const std::vector<std::string> statistics{
    "lp",       "acceptance_rate",       "step_size", "step_size_nom", "tree_depth",
    "n_steps",  "reached_max_treedepth", "diverging", "energy",        "energy_error",
    "int_time", "max_energy_error",      "inv_metric"};

// Names of Stan and of older files.
constexpr std::array<std::pair<const char*, const char*>, 9> other_names{
    {{"lp__", "lp"},
     {"accept_stat__", "acceptance_rate"},
     {"stepsize__", "step_size"},
     {"treedepth__", "tree_depth"},
     {"n_leapfrog__", "n_steps"},
     {"divergent__", "diverging"},
     {"energy__", "energy"},
     {"mean_tree_accept", "acceptance_rate"},
     {"log_prob", "lp"}}};

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Index DrawsVariable::size() const {
  Index n = 1;
  for (const Index s : shape) n *= s;
  return n;
}

std::string DrawsVariable::entry_name(Index entry) const {
  if (shape.empty()) return name;
  std::vector<std::string> at(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    const Index k = entry % shape[i];
    entry /= shape[i];
    at[i] = labels[i].empty() ? std::to_string(k) : labels[i][static_cast<std::size_t>(k)];
  }
  return fmt::format("{}[{}]", name, fmt::join(at, ", "));
}

void DrawsBlock::column(Index k, Mat& out) const {
  out.resize(draws, chains);
  const double* from = values.data() + k;
  for (Index i = 0; i < chains * draws; ++i) out.data()[i] = from[i * count];
}

const std::vector<std::string>& DrawsFile::groups() {
  static const std::vector<std::string> all{"log_likelihood", "posterior_predictive",
                                            "sample_stats", "log_prior", "posterior"};
  return all;
}

void DrawsFile::fail(const std::string& sentence) const { throw IoError(path() + ": " + sentence); }

DrawsFile::DrawsFile(const std::string& path) : file_(h5::File::open(result_path(path))) {
  // The posterior first: the others must fit it.
  std::vector<std::string> present;
  for (const auto& g : {"posterior", "log_likelihood", "posterior_predictive", "log_prior"})
    if (file_.is_group(std::string("/") + g)) present.emplace_back(g);
  const auto there = file_.groups("/");
  if (present.empty()) {
    if (file_.is_group("/series"))
      fail("it is the result of a motion and has no draws; a run with a table [sampler] has");
    std::string near;
    for (const auto& g : there)
      if (const auto name = nearest_name(g, groups()); !name.empty())
        near = fmt::format("; is \"{}\" meant to be \"{}\"?", g, name);
    fail(
        fmt::format("it is not a file of the ArviZ schema: it needs a group posterior, "
                    "log_likelihood or posterior_predictive and has {}{}",
                    listed(there), near));
  }
  if (file_.is_group("/sample_stats")) present.emplace_back("sample_stats");
  for (const auto& g : present) read_group(g);
  if (chains_ == 0) fail(fmt::format("there are no sampled variables in {}", quoted_list(present)));
  if (draws_ == 0) fail("there is no draw yet; wait until the warm-up is over");
  check_names();
}

void DrawsFile::read_group(const std::string& group) {
  std::vector<DrawsVariable> found;
  for (const auto& name : file_.datasets("/" + group)) {
    const std::string dataset = "/" + group + "/" + name;
    const auto type = file_.type(dataset);
    const auto axes = file_.axes(dataset);
    const bool is_coordinate = axes.size() == 1 && axes.front() == name;
    if (is_coordinate || type == h5::Type::text) continue;
    // A sampler's metric, and whatever else other samplers tell, need not be one number per draw.
    const bool per_draw = axes.size() == 2 && axes[0] == "chain" && axes[1] == "draw";
    if (group == "sample_stats" && !per_draw &&
        (name == "inv_metric" || std::ranges::count(statistics, name) == 0))
      continue;
    found.push_back(read_variable(group, name));
  }
  for (const auto& v : found) {
    if (chains_ == 0) {
      chains_ = v.chains;
      draws_ = v.draws;
      first_group_ = group;
    }
    if (v.chains != chains_)
      fail(fmt::format("{} has {} chains, {} has {}; all groups hold the same chains", v.path(),
                       v.chains, "/" + first_group_, chains_));
    if (group == "sample_stats" && v.draws != draws_)
      fail(fmt::format("{} has {} draws, {} has {}; sample_stats tells of each draw", v.path(),
                       v.draws, "/" + first_group_, draws_));
  }
  variables_.emplace_back(group, std::move(found));
}

DrawsVariable DrawsFile::read_variable(const std::string& group, const std::string& name) const {
  const std::string dataset = "/" + group + "/" + name;
  const auto axes = file_.axes(dataset);
  const auto shape = file_.shape(dataset);
  if (axes.size() < 2 || axes[0] != "chain" || axes[1] != "draw") {
    if (std::ranges::count(axes, "") > 0)
      fail(
          fmt::format("{} has axes without a name: each needs a dimension scale, without which "
                      "xarray and arviz do not read the file either",
                      dataset));
    fail(fmt::format("{} has the axes ({}); sampled variables begin with (chain, draw)", dataset,
                     fmt::join(axes, ", ")));
  }
  DrawsVariable v{.group = group, .name = name, .chains = shape[0], .draws = shape[1]};
  // While a run goes on, what is beyond the last whole draw is not filled yet.
  if (const auto done = file_.attribute("/" + group, "n_committed"))
    if (const auto* n = std::get_if<std::int64_t>(&*done))
      v.draws = std::clamp<Index>(*n, 0, v.draws);
  v.axes.assign(axes.begin() + 2, axes.end());
  v.shape.assign(shape.begin() + 2, shape.end());
  for (const auto& axis : v.axes) {
    const std::string scale = "/" + group + "/" + axis;
    v.labels.emplace_back();
    if (!axis.empty() && file_.exists(scale) && file_.type(scale) == h5::Type::text)
      v.labels.back() = file_.read_texts(scale);
  }
  return v;
}

void DrawsFile::check_names() {
  const auto there = file_.groups("/");
  for (const auto& g : there) {
    if (std::ranges::count(groups(), g) > 0) continue;
    const auto near = nearest_name(g, groups());
    if (!near.empty() && std::ranges::count(there, near) == 0)
      warnings_.push_back(fmt::format("the group {} is not read; is it meant to be {}?", g, near));
  }
  if (!file_.is_group("/sample_stats")) return;
  const auto names = file_.datasets("/sample_stats");
  for (const auto& name : names) {
    if (std::ranges::count(statistics, name) > 0) continue;
    std::string meant = nearest_name(name, statistics);
    // diverging_sample
    for (const auto& s : statistics)
      if (s.size() > 2 && name.starts_with(s + "_") && s != "step_size") meant = s;
    for (const auto& [other, own] : other_names)
      if (name == other) meant = own;
    if (!meant.empty() && std::ranges::count(names, meant) == 0)
      warnings_.push_back(
          fmt::format("/sample_stats/{} is not read; ArviZ calls it {}", name, meant));
  }
}

const std::vector<DrawsVariable>& DrawsFile::variables(const std::string& group) const {
  static const std::vector<DrawsVariable> none;
  const auto it = std::ranges::find(variables_, group, &decltype(variables_)::value_type::first);
  return it == variables_.end() ? none : it->second;
}

const DrawsVariable* DrawsFile::find(const std::string& group, const std::string& name) const {
  for (const auto& v : variables(group))
    if (v.name == name) return &v;
  return nullptr;
}

std::string DrawsFile::text(const std::string& root_attribute) const {
  const auto value = file_.attribute("/", root_attribute);
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text ? *text : std::string();
}

void DrawsFile::for_blocks(const DrawsVariable& v, std::size_t bytes,
                           const std::function<void(const DrawsBlock&)>& f) const {
  const Index one = v.chains * v.draws;
  const Index most = std::max<Index>(1, static_cast<Index>(bytes / 8) / std::max<Index>(one, 1));
  // The last axes whole, a part of the axis before them, one index of those before that.
  std::size_t split = v.shape.size();
  Index whole = 1;
  while (split > 0 && whole * v.shape[split - 1] <= most) whole *= v.shape[--split];
  const Index part = split == 0 ? 1 : std::max<Index>(1, most / whole);
  std::vector<double> values;
  h5::Shape start(2 + v.shape.size(), 0), count{v.chains, v.draws};
  for (std::size_t i = 0; i < v.shape.size(); ++i)
    count.push_back(i + 1 < split ? 1 : i + 1 == split ? part : v.shape[i]);
  Index first = 0;
  while (first < v.size()) {
    Index rest = first / whole, entries = whole;
    for (std::size_t i = split; i-- > 0;) {
      start[2 + i] = rest % v.shape[i];
      rest /= v.shape[i];
    }
    if (split > 0) {
      count[1 + split] = std::min(part, v.shape[split - 1] - start[1 + split]);
      entries *= count[1 + split];
    }
    values.resize(static_cast<std::size_t>(entries * one));
    file_.read_block(v.path(), start, count, values.data());
    f({first, entries, values, v.chains, v.draws});
    first += entries;
  }
}

Mat DrawsFile::column(const DrawsVariable& v, Index entry) const {
  h5::Shape start(2 + v.shape.size(), 0), count(2 + v.shape.size(), 1);
  count[0] = v.chains;
  count[1] = v.draws;
  for (std::size_t i = v.shape.size(); i-- > 0;) {
    start[2 + i] = entry % v.shape[i];
    entry /= v.shape[i];
  }
  Mat out(v.draws, v.chains);
  file_.read_block(v.path(), start, count, out.data());
  return out;
}

}  // namespace thalweg
