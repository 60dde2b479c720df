// The way from prior to posterior: U_b = -ln p(q) - b ln p(D | q), 0 <= b <= 1.
#pragma once
#include <thalweg/core/potential.hpp>

namespace thalweg {

/// @throws ModelError when the posterior does not tell its prior.
class TemperedLikelihood {
 public:
  TemperedLikelihood(AnyPotential posterior, double b);

  [[nodiscard]] Index dim() const { return posterior_.dim(); }
  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  [[nodiscard]] Layout layout() const { return posterior_.layout(); }
  [[nodiscard]] double inverse_temperature() const { return b_; }

 private:
  AnyPotential posterior_;
  double b_;
};

/// ln p(D | q), from U and the prior: -ln p(q) - U(q).
[[nodiscard]] double log_likelihood(const AnyPotential& posterior, In q);

}  // namespace thalweg
