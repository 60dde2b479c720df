// A flow by any solver, and its adjoint as a differential equation of its own:
//
//   d delta/dz = -f_a(a(z), z)' delta,  delta jumps by dL/dX_m at the output depths,
//   dL/dtheta = integral f_theta' delta dz,
//
// solved backwards with the same solver. a(z) comes from the nodes of the forward solve, or, when
// the state is solved backwards too, from that: no memory, but where the flow contracts the state
// cannot be recovered. Pontryagin et al., The Mathematical Theory of Optimal Processes, 1962; R.
// Chen et al., Neural ordinary differential equations, NeurIPS 2018 (backwards).
#pragma once
#include <thalweg/adjoint/differentiable_flow.hpp>
#include <thalweg/core/stepper.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace thalweg {

class FieldOnPath;

struct ContinuousFlowOptions {
  SolverFactory solver{};
  bool backsolve = false;
  Index max_steps = 10000;
};

/// The error of the gradient is of the size of the solver's tolerance, not rounding: forward and
/// backward solve are discretised apart. Between the nodes, the ends and the middle of each step, a
/// is a cubic Hermite interpolant; the integral over theta is Gauss' rule of order 6 inside each
/// step backwards. Backsolve starts each stretch between two outputs from the forward state there.
/// Hessian products solve the tangent forwards and the adjoint with its tangent backwards, both
/// along the kept states, which backsolve then keeps too: symmetric to the tolerance, not to
/// rounding. At a break of the field every solve ends and starts anew.
class ContinuousFlow final : public DifferentiableFlow {
 public:
  /// Depths ascending, the first output not before start.
  ContinuousFlow(std::shared_ptr<const VectorField> field, Index samples, double start,
                 std::vector<double> outputs, ContinuousFlowOptions options);
  ~ContinuousFlow() override;

  void forward(In theta, MatIn A0, MatOut X) override;
  /// @throws ModelError: a solver of any kind has no steps that could be repeated.
  void forward_frozen(In theta, MatIn A0, MatOut X) override;
  [[nodiscard]] bool freezes_steps() const override { return false; }
  void backward(MatIn X_bar, MatOut A0_bar, Out theta_bar) override;
  void forward_tangent(In dtheta, MatIn dA0, MatOut dX) override;
  void backward_tangent(MatIn X_bar, MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) override;
  void backward_linear(MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) override;
  [[nodiscard]] bool recovers_states() const override { return options_.backsolve; }
  [[nodiscard]] double tolerance() const override { return forward_->info().rtol; }
  [[nodiscard]] const FlowCost& cost() const override { return cost_; }

 private:
  enum class Way { forwards, backwards };  // time of the stepper: z, or -z
  void use_samples(Index n);
  void drive(Stepper& stepper, Way way, double from, double to, const Vec& x,
             const std::function<void()>& accepted,
             const std::function<void(double z, const Vec&)>& entered = {});
  void keep_last_step(Vec& inside);
  void keep_path();
  void add_theta_part(Stepper& stepper, Out theta_bar);
  Vec back_along_path(Stepper& stepper, const Mat& bars, const std::function<void()>& accepted);

  std::shared_ptr<const VectorField> field_;
  Index samples_;
  double start_;
  std::vector<double> outputs_;
  ContinuousFlowOptions options_;
  std::shared_ptr<FieldOnPath> shared_;
  std::unique_ptr<Stepper> forward_{}, backward_{};
  std::unique_ptr<Stepper> tangent_{}, adjoint_{}, adjoint_tangent_{};  // made at the first product
  double tangent_size_ = 1.0;                                           // of the last direction
  Index n_ = 0;
  Vec x_, inside_;
  Mat A0_, X_;
  FlowCost cost_{};
};

}  // namespace thalweg
