// Continuous normalising flows: a density made by the flow of a vector field, as a potential of the
// field's parameters.
#pragma once
#include <thalweg/adjoint/differentiable_flow.hpp>
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

/// q = theta of the field.
class NormalisingFlow {
 public:
  double depth = 1.0, margin = 0.3;
  Index pixels = 48;
  DataPart data{.name = "two_moons"};

  static Doc doc();
  void fields(Fields& f);
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] Index samples() const;
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  double value_and_gradient(In q, Out g) const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] Facts facts() const;
  /// ln p(x) of points, one per row of X, shape (n, width).
  [[nodiscard]] Vec log_density(In q, const Samples& X) const;

 private:
  class Density;
  std::string field_name_ = "mlp", adjoint_name_ = "discrete";
  FieldRecipe field_{};
  FlowRecipe adjoint_{};
  std::shared_ptr<const Density> density_;
};

}  // namespace thalweg
