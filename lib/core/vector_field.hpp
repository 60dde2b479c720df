// A vector field with parameters, da/dz = f(a, z; theta): a layer of infinitesimal depth. Flows of
// it in depth z, their adjoints and networks of continuous depth are all made from this seam.
#pragma once
#include <thalweg/core/layout.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace thalweg {

/// A field at a point, for a block of samples (columns): f and its derivatives, which share what
/// the last `evaluate` computed. Owns its workspace; of one thread.
class FieldEvaluation {
 public:
  virtual ~FieldEvaluation() = default;
  /// F = f(A, z; theta); shapes of A and F (width, n).
  virtual void evaluate(MatIn A, double z, In theta, MatOut F) = 0;
  /// Backwards: A_bar = f_a' Delta and theta_bar += f_theta' Delta, summed over the samples. An
  /// empty theta_bar is not wanted and costs nothing.
  virtual void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) = 0;
  /// Forwards: dF = f_a dA + f_theta dtheta.
  virtual void jvp(MatIn dA, In dtheta, MatOut dF) = 0;
  /// The derivative of vjp(Delta) along the direction (dA, dtheta) of the last jvp and dDelta:
  /// A_bar_dot = d/de f_a(A + e dA; theta + e dtheta)' (Delta + e dDelta) at e = 0, and
  /// theta_bar_dot += the same with f_theta; theta_bar_dot may be empty too. For Hessian products
  /// through a solver.
  virtual void vjp_tangent(MatIn Delta, MatIn dDelta, MatOut A_bar_dot, Out theta_bar_dot) = 0;
};

class VectorField {
 public:
  virtual ~VectorField() = default;
  [[nodiscard]] virtual Index width() const = 0;  ///< of a
  [[nodiscard]] virtual Index n_parameters() const = 0;
  /// Room for blocks of up to `samples` samples; the field must outlive it.
  [[nodiscard]] virtual std::unique_ptr<FieldEvaluation> evaluation(Index samples) const = 0;
  /// Names and shapes of theta.
  [[nodiscard]] virtual Layout layout() const = 0;
  [[nodiscard]] virtual Vec initial_parameters(Rng& rng) const = 0;
  /// Depths where f, or a derivative of it by z, jumps, in any order: steps end there.
  [[nodiscard]] virtual std::vector<double> breaks() const { return {}; }
};

/// What the registry of fields makes: a recipe for any width of a, since the task decides it. A
/// struct with `std::shared_ptr<const VectorField> operator()(Index width) const` and `fields` is
/// one. @throws ModelError when the field cannot have that width.
using FieldRecipe = std::function<std::shared_ptr<const VectorField>(Index width)>;

}  // namespace thalweg
