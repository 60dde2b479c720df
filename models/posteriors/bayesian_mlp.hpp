// A multilayer perceptron with normal priors on its weights and biases.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

/// q = (W1, b1, W2, ...), W row by row (outputs x inputs). U = -ln p(y | f(x; q)) - ln p(q).
class BayesianMlp {
 public:
  std::vector<Index> hidden{8};
  std::string activation = "tanh", likelihood = "auto", prior_scaling = "none";
  double noise = 0.1, prior_sd_weights = 1.0, prior_sd_biases = 1.0;
  std::vector<double> grid{};
  Index grid_points = 0;
  DataPart data{.name = "iris"};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when the likelihood does not fit the data.
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  void hvp(In q, In v, Out Hv) const;
  [[nodiscard]] std::unique_ptr<Curvature> at(In q) const;
  [[nodiscard]] Index samples() const;
  /// Unbiased for a batch drawn uniformly: the batch's likelihood times n/m, and the whole prior.
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  double prior(In q, Out g) const;
  void draw_prior(Rng& rng, Out q) const;
  [[nodiscard]] Layout layout() const;
  /// A tenth of a draw from the prior.
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] std::vector<DrawQuantity> draw_quantities() const;
  [[nodiscard]] std::vector<Exhibit> observed_data() const;
  [[nodiscard]] Facts facts() const;

 private:
  struct Posterior;
  std::shared_ptr<const Posterior> posterior_;
};

}  // namespace thalweg
