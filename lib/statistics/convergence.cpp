#include <thalweg/statistics/convergence.hpp>

#include <algorithm>
#include <cmath>

namespace thalweg {
namespace {

constexpr double nan = DrawSummary::none;

std::span<double> values(Mat& m) { return {m.data(), static_cast<std::size_t>(m.size())}; }

double standard_deviation(MatIn x) {
  if (x.size() < 2) return nan;
  return std::sqrt((x.array() - x.mean()).square().sum() / static_cast<double>(x.size() - 1));
}

}  // namespace

bool Convergence::take(MatIn draws) {
  draws_ = draws;
  if (draws.size() == 0 || has_non_finite(draws)) return false;
  sorted_.sort(values(draws_));
  sorted_halves_.sort_halves(sorted_, static_cast<std::size_t>(draws.rows()));
  return !is_constant(draws);
}

double Convergence::split_ess() {
  split_chains(work_, halves_);
  return ess_(halves_);
}

double Convergence::rhat_of_taken() {
  halves_.resize(draws_.rows() / 2, 2 * draws_.cols());
  sorted_halves_.normal_scores(values(halves_));
  const double bulk = potential_scale_reduction(halves_);
  work_ = (draws_.array() - sorted_.quantile(0.5)).abs();
  split_chains(work_, halves_);
  folded_.sort(values(halves_));
  folded_.normal_scores(values(halves_));
  const double tail = potential_scale_reduction(halves_);
  return std::isnan(bulk) || std::isnan(tail) ? nan : std::max(bulk, tail);
}

double Convergence::ess_bulk_of_taken() {
  halves_.resize(draws_.rows() / 2, 2 * draws_.cols());
  sorted_halves_.normal_scores(values(halves_));
  return ess_(halves_);
}

double Convergence::ess_quantile_of_taken(double p) {
  const double q = sorted_.quantile(p);
  work_ = (draws_.array() <= q).cast<double>();
  return split_ess();
}

double Convergence::ess_tail_of_taken() {
  const double low = ess_quantile_of_taken(0.05), high = ess_quantile_of_taken(0.95);
  return std::isnan(low) || std::isnan(high) ? nan : std::min(low, high);
}

double Convergence::ess_mean_of_taken() {
  split_chains(draws_, halves_);
  return ess_(halves_);
}

double Convergence::ess_sd_of_taken() {
  work_ = (draws_.array() - draws_.mean()).abs();
  return split_ess();
}

// sd = sqrt(v): its variance is var(v) / (4 v), that of v from the draws of (x - mean)^2.
double Convergence::mcse_sd_of_taken() {
  work_ = (draws_.array() - draws_.mean()).square();
  const double variance = work_.mean();
  const double spread = work_.array().square().mean() - variance * variance;
  return std::sqrt(spread / split_ess() / variance / 4.0);
}

DrawSummary Convergence::summarise(MatIn draws) {
  DrawSummary s;
  s.non_finite = draws.size() - draws.array().isFinite().count();
  const bool varies = take(draws);
  if (s.non_finite > 0 || draws.size() == 0) return s;
  s.constant = !varies;
  s.mean = varies ? draws_.mean() : draws_(0, 0);
  s.sd = varies ? standard_deviation(draws_) : 0.0;
  s.q5 = sorted_.quantile(0.05);
  s.median = sorted_.quantile(0.5);
  s.q95 = sorted_.quantile(0.95);
  if (!varies) return s;
  s.ess_bulk = ess_bulk_of_taken();
  s.ess_tail = ess_tail_of_taken();
  s.ess_mean = ess_mean_of_taken();
  s.ess_sd = ess_sd_of_taken();
  s.mcse_mean = s.sd / std::sqrt(s.ess_mean);
  s.mcse_sd = mcse_sd_of_taken();
  s.rhat = rhat_of_taken();
  return s;
}

double Convergence::rhat(MatIn draws) { return take(draws) ? rhat_of_taken() : nan; }
double Convergence::ess_bulk(MatIn draws) { return take(draws) ? ess_bulk_of_taken() : nan; }
double Convergence::ess_tail(MatIn draws) { return take(draws) ? ess_tail_of_taken() : nan; }
double Convergence::ess_mean(MatIn draws) { return take(draws) ? ess_mean_of_taken() : nan; }
double Convergence::ess_sd(MatIn draws) { return take(draws) ? ess_sd_of_taken() : nan; }
double Convergence::mcse_sd(MatIn draws) { return take(draws) ? mcse_sd_of_taken() : nan; }
double Convergence::ess_quantile(MatIn draws, double p) {
  return take(draws) ? ess_quantile_of_taken(p) : nan;
}
double Convergence::mcse_mean(MatIn draws) {
  return take(draws) ? standard_deviation(draws_) / std::sqrt(ess_mean_of_taken()) : nan;
}

Vec energy_bfmi(MatIn energies) {
  const Index n = energies.rows();
  Vec out = Vec::Constant(energies.cols(), nan);
  for (Index c = 0; c < energies.cols(); ++c) {
    const auto e = energies.col(c);
    if (n < 2 || has_non_finite(e) || is_constant(e)) continue;
    const double steps = (e.tail(n - 1) - e.head(n - 1)).array().square().mean();
    out[c] = steps / (e.array() - e.mean()).square().mean();
  }
  return out;
}

}  // namespace thalweg
