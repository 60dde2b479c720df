#include <thalweg/run/sampling/chains.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thalweg/core/parallel.hpp>

namespace thalweg {

Chains::Chains(std::uint64_t seed, const AnyPotential& potential,
               const SamplerFactory& make_sampler, const DrawsConfig& config)
    : config_(config), rows_(static_cast<std::size_t>(config.chains)) {
  for (Index i = 0; i < config.chains; ++i) {
    chains_.emplace_back(seed, i, potential, make_sampler, config.temperature);
    groups_.emplace_back(chains_.back().potential(), chains_.back().sampler().info(), config);
  }
}

bool Chains::has_divergences() const {
  return std::ranges::count(chains_.front().sampler().info().statistics, "diverging") > 0;
}

std::vector<SeriesSchema> Chains::schemas() const {
  auto all = groups_.front().schemas();
  if (has_divergences()) {
    SeriesSchema s{.name = "divergences", .variables = {}, .time_axis = "draw"};
    s.group = "/divergences";
    s.comment =
        "one row for each divergent trajectory after the warm-up, in thinned-out transitions too: "
        "draw and chain where it happened, and the point where its energy error passed the bound";
    Variable chain{.name = "chain_number", .long_name = "chain"};
    chain.type = Variable::Type::integer;
    Variable position{.name = "position", .long_name = "where the trajectory diverged"};
    position.axes = {Axis{.name = "unknown", .size = chains_.front().potential().dim()}};
    s.variables = {chain, position};
    all.push_back(std::move(s));
  }
  return all;
}

void Chains::set_tuning(std::span<const Tuning> tunings) {
  for (std::size_t i = 0; i < chains_.size(); ++i) {
    const auto& t = tunings[i % tunings.size()];
    chains_[i].sampler().set_tuning(t.step_size, t.metric);
  }
}

void Chains::start(const std::vector<Vec>& points) {
  for (std::size_t i = 0; i < chains_.size(); ++i) chains_[i].start(points.at(i), config_.warmup);
}

Index Chains::left_in_phase() const {
  return (warming_up() ? config_.warmup : config_.warmup + config_.count) - done_;
}

std::size_t Chains::bytes_per_draw() const {
  Index width = 0;
  for (std::size_t g = 0; g < groups_.front().count(); ++g) width += groups_.front().width(g);
  return 8 * static_cast<std::size_t>(width * config_.chains);
}

// Runs on any thread: touches this chain's own things alone.
void Chains::make_rows(std::size_t i, Index n) {
  auto& chain = chains_[i];
  const auto& groups = groups_[i];
  auto& rows = rows_[i];
  const bool warmup = warming_up();
  rows.groups.resize(groups.count());
  for (std::size_t g = 0; g < groups.count(); ++g)
    rows.groups[g].resize(groups.width(g), groups.of_warmup(g) == warmup ? n : 0);
  rows.divergences.clear();
  for (Index row = 0; row < n; ++row) {
    SampleInfo info = chain.transition();
    const auto note = [&](const SampleInfo& s) {
      if (s.diverging && !warmup)
        rows.divergences.push_back(
            {done_ - config_.warmup + row, chain.sampler().divergence_position()});
    };
    note(info);
    for (Index k = 1; !warmup && k < config_.thin; ++k) {  // the cost of all, the place of the last
      const SampleInfo next = chain.transition();
      note(next);
      const SampleInfo before = info;
      info = next;
      info.n_steps += before.n_steps;
      info.n_gradients += before.n_gradients;
      info.diverging = info.diverging || before.diverging;
    }
    rows.acceptance_sum += warmup ? 0.0 : info.acceptance_rate;
    rows.last_lp = info.lp;
    for (std::size_t g = 0; g < groups.count(); ++g)
      if (groups.of_warmup(g) == warmup)
        groups.fill(g, chain.sampler().position(), info, rows.groups[g].col(row));
  }
}

void Chains::advance(Index n, RunOutput& output) {
  parallel_for(static_cast<std::ptrdiff_t>(chains_.size()),
               [&](std::ptrdiff_t i, int) { make_rows(static_cast<std::size_t>(i), n); });
  const bool warmup = warming_up();
  const auto& groups = groups_.front();
  const auto chains = static_cast<Index>(chains_.size());
  Vec row;
  for (std::size_t g = 0; g < groups.count(); ++g) {
    if (groups.of_warmup(g) != warmup) continue;
    row.resize(groups.width(g) * chains);
    for (Index r = 0; r < n; ++r) {
      Index from = 0, to = 0;
      for (const auto& v : groups.variables(g)) {
        const Index size = v.size();
        for (const auto& chain : rows_) {
          row.segment(to, size) = chain.groups[g].col(r).segment(from, size);
          to += size;
        }
        from += size;
      }
      output.append(g, 0.0, 0, row);
    }
  }
  if (has_divergences()) {
    struct Placed {
      Index draw;
      std::size_t chain;
      const Vec* position;
    };
    std::vector<Placed> found;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      for (const auto& d : rows_[i].divergences) found.push_back({d.draw, i, &d.position});
    std::ranges::stable_sort(found, {}, &Placed::draw);
    Vec values(1 + chains_.front().potential().dim());
    for (const auto& f : found) {
      values[0] = static_cast<double>(f.chain);
      values.tail(values.size() - 1) = *f.position;
      output.append(groups.count(), static_cast<double>(f.draw), f.draw, values);
    }
    divergences_ += static_cast<std::int64_t>(found.size());
  }
  done_ += n;
}

std::vector<Tuning> Chains::tuning() const {
  std::vector<Tuning> all;
  for (const auto& c : chains_)
    all.push_back({c.sampler().step_size(), c.sampler().inverse_metric()});
  return all;
}

double Chains::mean_acceptance(std::size_t chain) const {
  return rows_[chain].acceptance_sum / static_cast<double>(draws());
}

double Chains::mean_potential() const {
  double sum = 0.0;
  for (const auto& r : rows_) sum -= r.last_lp;
  return sum / static_cast<double>(rows_.size());
}

CallCounts Chains::counts() const {
  CallCounts all;
  for (const auto& c : chains_) {
    const auto counts = c.potential().counts();
    all.values += counts.values;
    all.gradients += counts.gradients;
    all.hessian_products += counts.hessian_products;
  }
  return all;
}

void Chains::save(Archive& a) const {
  a.put("done", std::int64_t{done_});
  a.put("divergences", divergences_);
  for (std::size_t i = 0; i < chains_.size(); ++i) {
    chains_[i].save(a);
    a.put(fmt::format("chain.{}.acceptance_sum", i), rows_[i].acceptance_sum);
  }
}

void Chains::load(const Archive& a) {
  done_ = a.integer("done");
  divergences_ = a.integer("divergences");
  for (std::size_t i = 0; i < chains_.size(); ++i) {
    chains_[i].load(a);
    rows_[i].acceptance_sum = a.real(fmt::format("chain.{}.acceptance_sum", i));
  }
}

}  // namespace thalweg
