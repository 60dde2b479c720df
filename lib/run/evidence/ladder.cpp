#include <thalweg/run/evidence/ladder.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thalweg/core/parallel.hpp>
#include <thalweg/evidence/tempered_likelihood.hpp>
#include <thalweg/statistics/convergence.hpp>
#include <utility>

namespace thalweg {

namespace {

// Where the likelihood is the same wherever the prior is, nothing is left to estimate.
void refuse_without_data(const AnyPotential& posterior, std::uint64_t seed) {
  if (!posterior.can_draw_prior()) return;
  Rng rng(seed, "ladder-data");
  Vec q(posterior.dim());
  double first = 0.0;
  for (int i = 0; i < 8; ++i) {
    posterior.draw_prior(rng, q);
    const double now = log_likelihood(posterior, q);
    if (i == 0) first = now;
    // It is a difference of U and the prior's part of it: round-off of these.
    if (!(std::abs(now - first) <= 1e-12 * (1.0 + std::abs(posterior.value(q))))) return;
  }
  throw ModelError(
      fmt::format("nothing is to be estimated: this model has no data, ln p(D|q) = {:.6g} at every "
                  "q of its prior and is ln Z itself; choose a model with data",
                  first));
}

}  // namespace

Ladder::Ladder(std::uint64_t seed, AnyPotential posterior, SamplerFactory make_sampler,
               const EvidenceConfig& config)
    : seed_(seed),
      posterior_(std::move(posterior)),
      make_sampler_(std::move(make_sampler)),
      config_(config),
      b_(inverse_temperatures(config.ladder.intervals, config.ladder.power)),
      positions_(Mat::Zero(posterior_.dim(), config.ladder.chains)),
      posterior_draws_(Mat::Zero(posterior_.dim(), config.annealing.particles)) {
  [[maybe_unused]] const TemperedLikelihood tells_its_prior(posterior_, 0.0);
  refuse_without_data(posterior_, seed);
}

void Ladder::start(const std::vector<Vec>& points) {
  for (Index c = 0; c < positions_.cols(); ++c)
    positions_.col(c) = points.at(static_cast<std::size_t>(c));
}

bool Ladder::climb(const std::function<bool()>& stopped) {
  const auto i = static_cast<Index>(rungs_.size());
  const auto& l = config_.ladder;
  const bool exact = i == 0 && posterior_.can_draw_prior(), last = i + 1 == b_.size();
  Mat x(l.draws, l.chains);  // ln p(D | q)
  const auto n_chains = static_cast<std::size_t>(l.chains);
  std::vector<Index> divergences(n_chains);
  std::vector<Tuning> tuning(n_chains);
  Mat ends = positions_, starts = posterior_draws_;  // those of a rung that is left do not count
  std::atomic<bool> left = false;
  parallel_for(l.chains, [&](Index c, int) {
    Rng rng(seed_, fmt::format("ladder-{}.chain-{}", i, c));
    Vec q = positions_.col(c);
    std::unique_ptr<Sampler> sampler;
    if (!exact) {
      sampler = make_sampler_(AnyPotential(TemperedLikelihood(posterior_, b_[i])), 1.0);
      sampler->start(q, l.warmup, rng);
      for (Index n = 0; n < l.warmup; ++n) {
        if (left || stopped()) {
          left = true;
          return;
        }
        sampler->transition(rng);
      }
    }
    const Index particles = starts.cols(), all = l.chains * l.draws;
    for (Index n = 0; n < l.draws; ++n) {
      if (left || stopped()) {
        left = true;
        return;
      }
      if (exact) {
        posterior_.draw_prior(rng, q);
      } else {
        divergences[static_cast<std::size_t>(c)] += sampler->transition(rng).diverging ? 1 : 0;
        q = sampler->position();
      }
      x(n, c) = log_likelihood(posterior_, q);
      // Of the N draws at b = 1, chain after chain, particle k of K takes the ceil(k N / K)-th, k
      // from 1.
      if (!last || particles == 0) continue;
      const Index at = c * l.draws + n + 1, k = at * particles / all;
      if (k > 0 && (k * all + particles - 1) / particles == at) starts.col(k - 1) = q;
    }
    ends.col(c) = q;
    if (sampler)
      tuning[static_cast<std::size_t>(c)] = {sampler->step_size(), sampler->inverse_metric()};
  });
  if (left) return false;
  if (!x.array().isFinite().all())
    throw SolveError(fmt::format(
        "ln p(D|q) is not finite at a draw from prior x likelihood^{:.3g}, so that its mean there "
        "is not either; check the data and their scaling, or use a narrower prior",
        b_[i]));
  Rung rung;
  rung.b = b_[i];
  rung.tuning = tuning.front();
  for (const Index n : divergences) rung.divergences += n;
  Convergence convergence;
  const auto summary = convergence.summarise(x);
  const auto w = node_weights(b_, i);
  const double mean = x.mean();
  rung.at.mean = mean;
  rung.at.variance = (x.array() - mean).square().mean();
  rung.at.standard_error = summary.constant ? 0.0 : summary.mcse_mean;
  rung.rhat = summary.rhat;
  rung.ess = summary.ess_mean;
  x = w.trapezoid() * x.array() + w.correction * (x.array() - mean).square();
  rung.at.corrected_error = is_constant(x) ? 0.0 : convergence.mcse_mean(x);
  rungs_.push_back(std::move(rung));
  positions_ = std::move(ends);
  posterior_draws_ = std::move(starts);
  return true;
}

ThermodynamicIntegral Ladder::integral() const {
  std::vector<MeanLogLikelihood> at;
  for (const auto& r : rungs_) at.push_back(r.at);
  return thermodynamic_sums(b_, at);
}

double Ladder::width_error() const {
  const Index K = b_.size() - 1;
  if (K < 2 || K % 2 == 1) return std::numeric_limits<double>::quiet_NaN();
  Vec b(K / 2 + 1);
  std::vector<MeanLogLikelihood> at;
  for (Index i = 0; i <= K; i += 2) {
    b[i / 2] = b_[i];
    at.push_back(rungs_[static_cast<std::size_t>(i)].at);
  }
  return std::abs(thermodynamic_sums(b, at).corrected - integral().corrected) / 15.0;
}

const Tuning& Ladder::tuning(double b) const {
  const auto K = static_cast<double>(config_.ladder.intervals);
  const double i = std::round(K * std::pow(b, 1.0 / config_.ladder.power));
  return rungs_.at(static_cast<std::size_t>(std::clamp(i, 1.0, K))).tuning;
}

namespace {

void put(Archive& a, const std::string& key, const Mat& m) {
  a.put(key, Eigen::Map<const Vec>(m.data(), m.size()));
}

}  // namespace

void Ladder::save(Archive& a) const {
  put(a, "ladder.positions", positions_);
  put(a, "ladder.posterior_draws", posterior_draws_);
  a.put("ladder.rungs", static_cast<std::int64_t>(rungs_.size()));
  for (std::size_t i = 0; i < rungs_.size(); ++i) {
    const auto& r = rungs_[i];
    const auto key = fmt::format("ladder.rung.{}.", i);
    Vec numbers(7);
    numbers << r.at.mean, r.at.standard_error, r.at.variance, r.at.corrected_error, r.rhat, r.ess,
        r.tuning.step_size;
    a.put(key + "numbers", numbers);
    a.put(key + "divergences", std::int64_t{r.divergences});
    a.put(key + "metric", static_cast<std::int64_t>(r.tuning.metric.kind));
    a.put(key + "diagonal", r.tuning.metric.diagonal);
    put(a, key + "dense", r.tuning.metric.dense);
  }
}

void Ladder::load(const Archive& a) {
  const auto get = [&](const std::string& key, Index rows) -> Mat {
    const auto v = a.vector(key);
    return Eigen::Map<const Mat>(v.data(), rows, rows > 0 ? v.size() / rows : 0);
  };
  const Index d = posterior_.dim();
  positions_ = get("ladder.positions", d);
  posterior_draws_ = get("ladder.posterior_draws", d);
  rungs_.clear();
  for (std::int64_t i = 0; i < a.integer("ladder.rungs"); ++i) {
    const auto key = fmt::format("ladder.rung.{}.", i);
    const auto x = a.vector(key + "numbers");
    Rung r;
    r.b = b_[i];
    r.at = {x[0], x[1], x[2], x[3]};
    r.rhat = x[4];
    r.ess = x[5];
    r.tuning.step_size = x[6];
    r.divergences = a.integer(key + "divergences");
    r.tuning.metric.kind = static_cast<InverseMetric::Kind>(a.integer(key + "metric"));
    r.tuning.metric.diagonal = a.vector(key + "diagonal");
    const auto dense = a.vector(key + "dense");
    if (dense.size() > 0) r.tuning.metric.dense = Eigen::Map<const Mat>(dense.data(), d, d);
    rungs_.push_back(std::move(r));
  }
}

}  // namespace thalweg
