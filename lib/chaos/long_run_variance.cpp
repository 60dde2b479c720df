#include <thalweg/chaos/long_run_variance.hpp>

#include <array>
#include <cmath>
#include <limits>

namespace thalweg {

namespace {

constexpr Index least_blocks = 8;
constexpr double forgotten = 0.25;  // a coefficient up to which neighbours count as forgotten
constexpr std::size_t grid = 27;

// -1, then evenly in artanh from 1 + c = 0.001, below which 256 blocks cannot tell it from -1, to
// 0.885: what is above says the same, that blocks are too short.
std::array<double, grid> coefficients() {
  std::array<double, grid> c{};
  c[0] = -1.0;
  for (std::size_t i = 1; i < grid; ++i)
    c[i] = std::tanh(-3.8 + 5.2 * static_cast<double>(i - 1) / static_cast<double>(grid - 2));
  return c;
}

struct Fit {
  Vec variance, freedom, coefficient;
};

// x: deviations from their plain mean, shape (k, m), which costs no digits.
Fit fit(const Mat& x, double n) {
  static const auto all = coefficients();
  const Index k = x.rows(), m = x.cols();
  const auto f = static_cast<double>(m - 1);
  Mat likelihood(k, static_cast<Index>(grid)), variance(k, static_cast<Index>(grid));
  Vec xi(k), squares(k), products(k);
  for (std::size_t g = 0; g < grid; ++g) {
    const double c = all[g];
    double r = 1.0 + c * c, one = 1.0;  // variance and value of an innovation of the sequence 1
    double ones = 0.0, log_det = 0.0;
    xi = x.col(0);
    squares.setZero();
    products.setZero();
    for (Index i = 0;;) {
      log_det += std::log(r);
      ones += one * one / r;
      squares += xi.cwiseAbs2() / r;
      products += (one / r) * xi;
      if (++i == m) break;
      xi = x.col(i) - (c / r) * xi;
      one = 1.0 - c / r * one;
      r = 1.0 + c * c - c * c / r;
    }
    const auto G = static_cast<Index>(g);
    const Vec rest = (squares - products.cwiseAbs2() / ones).cwiseMax(0.0);
    likelihood.col(G) = -0.5 * (log_det + std::log(ones)) - 0.5 * f * rest.array().log();
    variance.col(G) = (n * (1.0 + c) * (1.0 + c) - 2.0 * c) * rest / (f - 2.0);
  }
  Fit out{Vec::Zero(k), Vec::Constant(k, f), Vec::Zero(k)};
  for (Index j = 0; j < k; ++j) {
    // What is the same in every block has no error (and no finite likelihood).
    if (!(variance.row(j).minCoeff() > 0.0)) continue;
    double total = 0.0, square = 0.0;
    const double most = likelihood.row(j).maxCoeff();
    for (Index g = 0; g < static_cast<Index>(grid); ++g) {
      const double w = std::exp(likelihood(j, g) - most), v = variance(j, g);
      total += w;
      out.variance[j] += w * v;
      square += w * v * v;
      out.coefficient[j] += w * all[static_cast<std::size_t>(g)];
    }
    out.variance[j] /= total;
    out.coefficient[j] /= total;
    // An inverse chi square of f degrees has the relative variance 2 / (f - 4).
    const double spread =
        (square / total) * (1.0 + 2.0 / (f - 4.0)) / (out.variance[j] * out.variance[j]) - 1.0;
    out.freedom[j] = 4.0 + 2.0 / spread;
  }
  return out;
}

Mat joined(const Mat& x) {
  Mat half(x.rows(), x.cols() / 2);
  for (Index i = 0; i < half.cols(); ++i) half.col(i) = x.col(2 * i) + x.col(2 * i + 1);
  return half;
}

}  // namespace

LongRunVariance long_run_variance(const Mat& sums, double n) {
  if (sums.cols() < least_blocks) {
    const Vec unknown = Vec::Constant(sums.rows(), std::numeric_limits<double>::quiet_NaN());
    return {unknown, unknown};
  }
  Mat x = sums;
  Fit best, next;
  for (bool first = true;; first = false) {
    const Vec mean = x.rowwise().mean();
    next = fit(x.colwise() - mean, n);
    if (first) best = next;
    bool again = false;
    for (Index j = 0; j < x.rows(); ++j) {
      if (!(best.coefficient[j] > forgotten)) continue;
      best.variance[j] = next.variance[j];
      best.freedom[j] = next.freedom[j];
      best.coefficient[j] = next.coefficient[j];
      again = again || best.coefficient[j] > forgotten;
    }
    if (!again || x.cols() / 2 < least_blocks) return {best.variance, best.freedom};
    x = joined(x);
    n /= 2.0;
  }
}

}  // namespace thalweg
