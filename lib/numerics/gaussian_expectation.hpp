// Means over standard normal numbers, with an estimate of their error.
//
//   E f(z) = integral of f(z) exp(-z^2/2) / sqrt(2 pi) dz,   E f(z1, z2) likewise, z1 and z2 apart
//
// First the trapezoidal rule with halved steps: for an f that is analytic within a distance a of
// the real line its error falls as exp(-2 pi a / h), faster than Gauss and Hermite's rule when the
// poles are near (tanh(s z): a = pi/(2 s)), and halving keeps every node. Where it does not
// settle, as at a kink, adaptive Gauss-Kronrod on both sides of z = 0.
// Source: Trefethen, Weideman, The exponentially convergent trapezoidal rule, SIAM Review 56
// (2014).
#pragma once
#include <functional>

namespace thalweg {

struct Expectation {
  double value = 0.0;
  /// Estimate, not a bound: the change by the last halving, or Gauss-Kronrod's.
  double error = 0.0;
  long evaluations = 0;
};

/// `tolerance`: wanted error relative to E |f|.
[[nodiscard]] Expectation gaussian_expectation(const std::function<double(double)>& f,
                                               double tolerance = 1e-12);
/// A kink away from z1 = 0 and z2 = 0 costs much.
[[nodiscard]] Expectation gaussian_expectation(const std::function<double(double, double)>& f,
                                               double tolerance = 1e-12);

}  // namespace thalweg
