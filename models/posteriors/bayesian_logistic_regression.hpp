// Logistic regression with a normal prior.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>

#include <memory>

namespace thalweg {

/// P(y = 1) = 1/(1 + exp(-(a + x . b))), a, b_j ~ N(0, prior_sd^2). q = (a, b).
class BayesianLogisticRegression {
 public:
  double prior_sd = 1.0;
  DataPart data{.name = "german_credit"};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when the data do not have two classes.
  void prepare();

  [[nodiscard]] Index dim() const;
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
  [[nodiscard]] std::shared_ptr<const LinearPredictors> linear_predictors() const;
  [[nodiscard]] Facts facts() const;

 private:
  struct Posterior;
  std::shared_ptr<const Posterior> posterior_;
};

}  // namespace thalweg
