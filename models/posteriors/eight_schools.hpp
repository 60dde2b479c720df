// Several experiments measure effects that are alike: the eight schools of Rubin and any other
// meta-analysis with known standard errors.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/potential.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// y_j ~ N(theta_j, s_j^2), theta_j ~ N(mu, tau^2), mu ~ N(0, mu_scale^2), tau ~ half-Cauchy.
/// q = (eta, mu, ln tau) with theta = mu + tau eta, eta_j ~ N(0, 1) (non-centred), or
/// (theta, mu, ln tau) (centred).
class EightSchools {
 public:
  std::string parametrisation = "non_centred";
  std::vector<double> effects{28, 8, -3, 7, -1, 1, 18, 12};
  std::vector<double> standard_errors{15, 10, 16, 11, 9, 11, 10, 18};
  double mu_scale = 5.0, tau_scale = 5.0;

  static Doc doc();
  void fields(Fields& f);
  /// Precomputes constants; called again after a field is changed.
  void prepare();
  EightSchools() { prepare(); }

  [[nodiscard]] Index dim() const { return y_.size() + 2; }
  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  void hvp(In q, In v, Out Hv) const;
  double prior(In q, Out g) const;
  void draw_prior(Rng& rng, Out q) const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] std::vector<DrawQuantity> draw_quantities() const;
  [[nodiscard]] std::vector<Exhibit> observed_data() const;
  [[nodiscard]] Facts facts() const;

 private:
  [[nodiscard]] double theta(In q, Index j) const;
  [[nodiscard]] double log_likelihood(In q, Index j) const;

  bool centred_ = false;
  Vec y_, weight_;  // 1/s^2
  double prior_constant_ = 0.0, likelihood_constant_ = 0.0;
};

}  // namespace thalweg
