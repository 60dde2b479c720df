// Linear regression with a normal prior: the posterior is a Gaussian, and the evidence is known.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>

#include <memory>

namespace thalweg {

/// y_i ~ N(x_i . b, noise^2), b_j ~ N(0, prior_sd^2), x_i = (1, inputs and their powers up to
/// `degree`). q = b: the intercept, then power by power of the inputs.
class BayesianLinearRegression {
 public:
  double noise = 0.1, prior_sd = 1.0;
  Index degree = 1;
  bool intercept = true;
  DataPart data{.name = "noisy_sine"};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when the data are classes or have several targets.
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  void hvp(In q, In v, Out Hv) const;
  void third(In, In, In, Out Tuv) const { Tuv.setZero(); }
  double prior(In q, Out g) const;
  void draw_prior(Rng& rng, Out q) const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Layout layout() const;
  bool exact_flow(In q0, double t, Out q) const;
  [[nodiscard]] std::optional<double> minimum_value() const;
  [[nodiscard]] std::vector<DrawQuantity> draw_quantities() const;
  [[nodiscard]] std::vector<Exhibit> observed_data() const;
  [[nodiscard]] std::shared_ptr<const LinearPredictors> linear_predictors() const;
  [[nodiscard]] Facts facts() const;

  /// The posterior N(m, S).
  [[nodiscard]] const Vec& posterior_mean() const;
  [[nodiscard]] const Mat& posterior_covariance() const;
  /// ln Z = ln p(y).
  [[nodiscard]] double log_evidence() const;

 private:
  struct Posterior;
  std::shared_ptr<const Posterior> posterior_;
};

}  // namespace thalweg
