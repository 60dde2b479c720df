// What a potential may know about itself as minus a log posterior density,
//
//   U(q) = -ln p(D, q) = -ln p(D | q) - ln p(q),
//
// beyond U and its gradient: its prior, what to compute from a draw, and the structure that lets
// expectations over a Gaussian be taken without noise.
#pragma once
#include <thalweg/core/observable.hpp>
#include <thalweg/core/types.hpp>

#include <string>

namespace thalweg {

/// A number or array computed from each draw, and the group of the draws' file that it goes to:
/// "posterior" (parameters on the scale people think in), "posterior_predictive",
/// "log_likelihood" (one per observation) or "log_prior".
struct DrawQuantity {
  std::string group;
  Observable observable;
};

/// U(q) = sum_i phi_i(x_i . q) + 1/2 (q - m)' diag(precision) (q - m) + constant: a generalised
/// linear model with a Gaussian prior of independent coordinates. The expectation of U over a
/// Gaussian then needs one integral of one dimension per observation.
class LinearPredictors {
 public:
  virtual ~LinearPredictors() = default;
  /// Shape (n, d), a row x_i per observation.
  [[nodiscard]] virtual const Mat& design() const = 0;
  /// phi_i(eta) and its first two derivatives.
  virtual void phi(Index i, double eta, double& value, double& first, double& second) const = 0;
  [[nodiscard]] virtual const Vec& prior_mean() const = 0;
  [[nodiscard]] virtual const Vec& prior_precision() const = 0;
  [[nodiscard]] virtual double constant() const = 0;
};

}  // namespace thalweg
