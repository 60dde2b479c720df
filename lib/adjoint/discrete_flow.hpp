// A flow by an explicit Runge-Kutta method with the exact adjoint of its steps: derivatives of the
// discrete map, to rounding, with the accepted step sizes as constants.
#pragma once
#include <thalweg/adjoint/checkpoint_store.hpp>
#include <thalweg/adjoint/differentiable_flow.hpp>
#include <thalweg/adjoint/runge_kutta_step.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace thalweg {

struct DiscreteFlowOptions {
  std::string method = "dopri5";  ///< of tableau.hpp
  /// Equal ones from the first to the last depth; else adaptive. A field with breaks gets equal
  /// steps in each piece, as many as make none of them longer than that.
  std::optional<Index> steps{};
  double rtol = 1e-7, atol = 1e-9;
  Index max_steps = 10000;
  /// Bytes for states on the way back; all are kept without.
  std::optional<std::size_t> budget{};
};

/// Step control as torchdiffeq's: RMS over the whole block of error / (atol + rtol max(|y|,
/// |y_new|)), factor 0.9 e^(-1/order) within [0.2, 10], at least 1 after an accepted step; first
/// step of Hairer, Norsett, Wanner, Solving ODEs I, II.4. The last step lands on the last depth,
/// and a step on each break of the field, after which the first stage is computed anew.
class DiscreteFlow final : public DifferentiableFlow {
 public:
  /// Blocks of up to `samples` samples; depths ascending, the first is where A0 is.
  /// @throws ModelError when a method has no error estimate, or the budget is too small.
  DiscreteFlow(std::shared_ptr<const VectorField> field, Index samples, double start,
               std::vector<double> outputs, const DiscreteFlowOptions& options);

  void forward(In theta, MatIn A0, MatOut X) override;
  void forward_frozen(In theta, MatIn A0, MatOut X) override;
  [[nodiscard]] bool freezes_steps() const override { return true; }
  void backward(MatIn X_bar, MatOut A0_bar, Out theta_bar) override;
  void forward_tangent(In dtheta, MatIn dA0, MatOut dX) override;
  void backward_tangent(MatIn X_bar, MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) override;
  void backward_linear(MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) override;
  [[nodiscard]] double tolerance() const override { return options_.steps ? 0.0 : options_.rtol; }
  [[nodiscard]] const FlowCost& cost() const override { return cost_; }
  /// Depths of the accepted steps, the first and the last included.
  [[nodiscard]] const std::vector<double>& depths() const { return z_; }

 private:
  struct Place {  // of an output: in step `step`, or at its end
    Index step;
    double sigma;  ///< 1 at the end
  };
  [[nodiscard]] double h(Index n) const {
    return z_[static_cast<std::size_t>(n) + 1] - z_[static_cast<std::size_t>(n)];
  }
  [[nodiscard]] Index n_steps() const { return static_cast<Index>(z_.size()) - 1; }
  [[nodiscard]] double z(Index n) const { return z_[static_cast<std::size_t>(n)]; }
  [[nodiscard]] const Place& place(Index m) const { return places_[static_cast<std::size_t>(m)]; }
  [[nodiscard]] bool inside(Index m, Index n) const;
  Vec& output_of(MatIn X, Index m);
  void check_block(Index columns);
  void start(In theta, MatIn A0);
  void finish(MatOut X);
  void equal_steps();
  void adaptive_steps();
  void step_to(double to);
  void take_pair(Index n);
  double first_step(double length);
  void accept(double z_new);
  void step_again(Index n, Vec& x);
  void stages_of_pair(Index n);
  [[noreturn]] void fail(const std::string& what, double z, double h) const;

  std::shared_ptr<const VectorField> field_;
  DiscreteFlowOptions options_;
  const Tableau& tableau_;
  RungeKuttaStep step_;
  CheckpointStore store_;
  std::optional<CheckpointStore> pair_store_{};  // of states with their tangents
  double start_;
  std::vector<double> outputs_;
  std::vector<double> z_, frozen_;
  std::vector<Place> places_;
  Index n_ = 0;  // samples of the last forward
  Index evaluations_before_ = 0;
  Vec theta_, dtheta_, y_, y_new_, error_, y_bar_, dy_bar_, pair_, pair_new_, none_;
  Mat X_;
  FlowCost cost_{};
};

}  // namespace thalweg
