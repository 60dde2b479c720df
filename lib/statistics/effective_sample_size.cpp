#include <thalweg/statistics/effective_sample_size.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace thalweg {
namespace {

constexpr Index direct_lags = 32;  // as many products as some eight transforms cost
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class Values>
double sample_variance(const Values& x) {
  return (x.array() - x.mean()).square().sum() / static_cast<double>(x.size() - 1);
}

}  // namespace

void split_chains(MatIn draws, Mat& halves) {
  const Index n = draws.rows() / 2, m = draws.cols();
  halves.resize(n, 2 * m);
  halves.leftCols(m) = draws.topRows(n);
  halves.rightCols(m) = draws.bottomRows(n);
}

bool has_non_finite(MatIn draws) { return !draws.allFinite(); }

bool is_constant(MatIn draws) {
  if (draws.size() == 0) return true;
  const double low = draws.minCoeff(), high = draws.maxCoeff();
  return high - low <=
         4.0 * std::numeric_limits<double>::epsilon() * std::max(std::abs(low), std::abs(high));
}

double potential_scale_reduction(MatIn chains) {
  const Index n = chains.rows(), m = chains.cols();
  if (n < 2 || m < 2 || has_non_finite(chains) || is_constant(chains)) return nan;
  double within = 0.0;
  for (Index c = 0; c < m; ++c) within += sample_variance(chains.col(c)) / static_cast<double>(m);
  const auto count = static_cast<double>(n);
  const double between = count * sample_variance(chains.colwise().mean());
  return std::sqrt((between / within + count - 1.0) / count);
}

double EffectiveSampleSize::mean_gamma(Index t) {
  const Index n = centred_.rows(), m = centred_.cols();
  for (; known_ <= t && known_ < direct_lags; ++known_) {
    double sum = 0.0;
    for (Index c = 0; c < m; ++c)
      sum += centred_.col(c).head(n - known_).dot(centred_.col(c).tail(n - known_));
    mean_gamma_[known_] = sum / static_cast<double>(n * m);
  }
  if (known_ <= t) {
    gamma_.resize(n);
    mean_gamma_.setZero();
    for (Index c = 0; c < m; ++c) {
      autocovariance_(centred_.col(c), gamma_);
      mean_gamma_ += gamma_ / static_cast<double>(m);
    }
    known_ = n;
  }
  return mean_gamma_[t];
}

double EffectiveSampleSize::operator()(MatIn chains) {
  const Index n = chains.rows(), m = chains.cols();
  if (n < 3 || m < 1 || has_non_finite(chains) || is_constant(chains)) return nan;
  centred_ = chains.rowwise() - chains.colwise().mean();
  mean_gamma_.resize(n);
  known_ = 0;
  const auto count = static_cast<double>(n);
  const double within = mean_gamma(0) * count / (count - 1.0);
  double total = mean_gamma(0);
  if (m > 1) total += sample_variance(chains.colwise().mean());
  const auto rho = [&](Index t) { return 1.0 - (within - mean_gamma(t)) / total; };

  // Pairs (even, odd) while their sum is positive.
  rho_.setZero(n);
  double even = 1.0, odd = rho(1);
  rho_[0] = even;
  rho_[1] = odd;
  Index t = 0;
  while (t < n - 5 && even + odd > 0.0) {
    t += 2;
    even = rho(t);
    odd = rho(t + 1);
    if (even + odd >= 0.0) {
      rho_[t] = even;
      rho_[t + 1] = odd;
    }
  }
  const Index last = t;
  if (even > 0.0) rho_[last] = even;
  // No pair larger than the one before it.
  for (t = 2; t <= last - 2; t += 2)
    if (rho_[t] + rho_[t + 1] > rho_[t - 2] + rho_[t - 1])
      rho_[t] = rho_[t + 1] = 0.5 * (rho_[t - 2] + rho_[t - 1]);

  const double size = count * static_cast<double>(m);
  // A first pair that is not positive, or chains too short for a second: half of S.
  double tau = -1.0 + 2.0 * rho_.head(std::max<Index>(last, 1)).sum() + rho_[last];
  tau = std::max(tau, 1.0 / std::log10(size));
  return size / tau;
}

}  // namespace thalweg
