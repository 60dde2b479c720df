// Continuous normalising flows: a density made by the flow of a vector field, as a potential of the
// field's parameters.
#pragma once
#include <thalweg/adjoint/differentiable_flow.hpp>
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

/// q = theta of the field.
class NormalisingFlow {
 public:
  static constexpr Derivatives derivatives = Derivatives::hessian_by_differences;
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
  /// Hessian products by differences of gradients, with the accepted steps at q frozen where the
  /// adjoint can do that.
  [[nodiscard]] std::unique_ptr<Curvature> at(In q) const;
  /// Gauss-Newton and empirical Fisher matrix, by a tangent through the solver and the adjoint of
  /// the ends it reaches.
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const;
  [[nodiscard]] bool has_curvature(CurvatureKind kind) const;
  /// q -> L(q) with the steps in depth that are accepted at `at`; empty for continuous adjoints. To
  /// be used by one thread at a time.
  [[nodiscard]] std::function<double(In)> with_steps_of(In at) const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] Facts facts() const;
  /// ln p(x) of points, one per row of X, shape (n, width).
  [[nodiscard]] Vec log_density(In q, const Samples& X) const;

 private:
  class Density;
  class Frozen;
  [[nodiscard]] std::vector<Index> all_rows() const;
  std::string field_name_ = "mlp", adjoint_name_ = "discrete";
  FieldRecipe field_{};
  FlowRecipe adjoint_{};
  std::shared_ptr<const Density> density_;
};

}  // namespace thalweg
