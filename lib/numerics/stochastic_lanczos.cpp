#include <thalweg/numerics/stochastic_lanczos.hpp>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {

// Mean over the columns of f(node) weighted, with its standard error.
template <class F>
Estimate mean_over_probes(const SpectralQuadrature& q, const F& f) {
  const Vec each =
      (q.weights.array() * q.nodes.unaryExpr(f).array()).colwise().sum().matrix().transpose();
  const double n = static_cast<double>(each.size()), mean = each.mean();
  const double deviation = each.size() > 1
                               ? std::sqrt((each.array() - mean).square().sum() / (n - 1.0))
                               : std::numeric_limits<double>::quiet_NaN();
  return {mean, deviation / std::sqrt(n)};
}

}  // namespace

Index probes_together(Index dim, Index steps, Index probes) {
  constexpr Index numbers = Index{256} * 1024 * 1024 / 8;
  return std::clamp(numbers / std::max<Index>(dim * steps, 1), Index{1}, probes);
}

SpectralQuadrature stochastic_lanczos(const SymmetricProduct& A, Index dim, Index steps,
                                      Index probes, Rng& rng) {
  const Index m = std::min(steps, dim);
  SpectralQuadrature result{Mat::Zero(m, probes), Mat::Zero(m, probes), dim, 0};
  const Index together = probes_together(dim, m, probes);
  for (Index first = 0; first < probes; first += together) {
    const Index k = std::min(together, probes - first);
    std::vector<Mat> V(static_cast<std::size_t>(k), Mat(dim, m));
    std::vector<Mat> T(static_cast<std::size_t>(k), Mat::Zero(m, m));
    Mat v(dim, k), w(dim, k);
    for (Index j = 0; j < k; ++j) {
      rng.fill_normal(v.col(j));
      v.col(j) /= norm(v.col(j));
    }
    for (Index i = 0; i < m; ++i) {
      A(v, w);
      result.products += k;
      for (Index j = 0; j < k; ++j) {
        Mat &Vj = V[static_cast<std::size_t>(j)], &Tj = T[static_cast<std::size_t>(j)];
        if (!all_finite(w.col(j))) throw SolveError("a Hessian product is not finite");
        Vj.col(i) = v.col(j);
        Tj(i, i) = dot(v.col(j), w.col(j));
        const auto B = Vj.leftCols(i + 1);
        for (int pass = 0; pass < 2; ++pass) w.col(j) -= B * (B.transpose() * w.col(j));
        if (i + 1 == m) continue;
        double beta = norm(w.col(j));
        // The Krylov space has ended: its quadrature is exact, and any new direction, uncoupled,
        // gets no weight.
        if (beta <= 1e-13 * Tj.cwiseAbs().maxCoeff()) {
          rng.fill_normal(w.col(j));
          for (int pass = 0; pass < 2; ++pass) w.col(j) -= B * (B.transpose() * w.col(j));
          v.col(j) = w.col(j) / norm(w.col(j));
          continue;
        }
        Tj(i, i + 1) = Tj(i + 1, i) = beta;
        v.col(j) = w.col(j) / beta;
      }
    }
    for (Index j = 0; j < k; ++j) {
      const SymmetricEigen eigen = symmetric_eigen(T[static_cast<std::size_t>(j)]);
      result.nodes.col(first + j) = eigen.values;
      result.weights.col(first + j) = eigen.vectors.row(0).cwiseAbs2().transpose();
    }
  }
  return result;
}

Estimate trace_of_power(const SpectralQuadrature& quadrature, int k) {
  const auto one = mean_over_probes(quadrature, [k](double x) { return std::pow(x, k); });
  const double n = static_cast<double>(quadrature.dim);
  return {n * one.value, n * one.standard_error};
}

Estimate frobenius_norm(const SpectralQuadrature& quadrature) {
  const auto square = trace_of_power(quadrature, 2);
  const double root = std::sqrt(square.value);
  return {root, 0.5 * square.standard_error / root};
}

SpectralDensity spectral_density(const SpectralQuadrature& quadrature, const Vec& x, double width,
                                 double confidence) {
  SpectralDensity density{x, Vec(x.size()), Vec(x.size()), Vec(x.size()), width, confidence};
  const auto probes = static_cast<double>(quadrature.nodes.cols());
  const double quantile =
      probes > 1.0
          ? boost::math::quantile(boost::math::students_t(probes - 1.0), 0.5 + 0.5 * confidence)
          : std::numeric_limits<double>::quiet_NaN();
  const double height = 1.0 / (width * std::sqrt(2.0 * std::numbers::pi));
  for (Index i = 0; i < x.size(); ++i) {
    const auto here = mean_over_probes(quadrature, [&](double node) {
      const double z = (x[i] - node) / width;
      return height * std::exp(-0.5 * z * z);
    });
    density.value[i] = here.value;
    density.low[i] = std::max(0.0, here.value - quantile * here.standard_error);
    density.high[i] = here.value + quantile * here.standard_error;
  }
  return density;
}

}  // namespace thalweg
