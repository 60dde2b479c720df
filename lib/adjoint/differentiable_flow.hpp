// The flow of a vector field in depth as a function that can be differentiated: from the states of
// a block of samples at the first depth, and theta, to the states at all output depths.
#pragma once
#include <thalweg/core/error.hpp>
#include <thalweg/core/vector_field.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace thalweg {

/// What the last forward solve and the backward solve after it took.
struct FlowCost {
  Index steps = 0, rejected = 0;
  Index forward_evaluations = 0;   ///< of f, by the solve itself
  Index backward_evaluations = 0;  ///< of f, to find states and stages again
  Index vjps = 0;
  Index repeated_steps = 0;  ///< steps that checkpoints did not save
  std::size_t bytes = 0;     ///< of states kept for the way back
  /// |a recovered - a| / |a| at the first depth by a solve of the state backwards, else NaN
  double recovered_error = std::numeric_limits<double>::quiet_NaN();
};

class DifferentiableFlow {
 public:
  virtual ~DifferentiableFlow() = default;
  /// X (width, n M) from A0 (width, n): output m in columns m n .. (m + 1) n - 1.
  /// @throws SolveError when a state is not finite or no step is small enough.
  virtual void forward(In theta, MatIn A0, MatOut X) = 0;
  /// The same with the accepted steps of the last forward frozen, whatever a tolerance would say of
  /// them here: for every theta the discrete map of which `backward` is the derivative. It becomes
  /// the last forward. @throws ModelError unless freezes_steps().
  virtual void forward_frozen(In theta, MatIn A0, MatOut X) = 0;
  [[nodiscard]] virtual bool freezes_steps() const = 0;
  /// Of the last forward: A0_bar, and theta_bar += what X_bar = dL/dX makes of them.
  virtual void backward(MatIn X_bar, MatOut A0_bar, Out theta_bar) = 0;
  /// Forwards along (dA0, dtheta), with the steps of the last forward.
  virtual void forward_tangent(In dtheta, MatIn dA0, MatOut dX) = 0;
  /// The tangents of what backward gives, dX_bar that of X_bar: dtheta_bar += the one of theta_bar.
  virtual void backward_tangent(MatIn X_bar, MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) = 0;
  /// As backward, but after forward_tangent, of whose states it makes use: J' dX_bar with the J of
  /// dX = J dtheta.
  virtual void backward_linear(MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) = 0;
  /// Relative tolerance that its steps follow, 0 when they are fixed: values jump by about as much
  /// where other steps are accepted.
  [[nodiscard]] virtual double tolerance() const = 0;
  /// Whether `cost` tells how well the first state was recovered.
  [[nodiscard]] virtual bool recovers_states() const { return false; }
  [[nodiscard]] virtual const FlowCost& cost() const = 0;
};

/// @throws ModelError unless the outputs ascend from start or later to beyond it.
void check_depths(double start, const std::vector<double>& outputs);

/// What the registry of adjoints makes: a recipe for the flow of a field for blocks of up to
/// `samples` samples from depth `start` to the ascending `outputs`.
using FlowRecipe = std::function<std::unique_ptr<DifferentiableFlow>(
    std::shared_ptr<const VectorField> field, Index samples, double start,
    std::vector<double> outputs)>;

}  // namespace thalweg
