// Many trainings of one small network, which differ in their learning rates: advanced together as
// batched arrays, a vector's lane for each network.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>

#include <functional>
#include <span>

namespace thalweg {

/// One hidden layer without bias, the samples and the start that all trainings share:
///   f(x) = output_scale sum_j w_j phi(sum_i x_i W_ij),   L = mean over samples of (f(x) - y)^2.
struct TrainingTask {
  mlp_kernel::Activation activation = mlp_kernel::Activation::tanh;  ///< or relu, identity
  Mat x;                                                             ///< (samples, inputs)
  Vec y;                                                             ///< (samples)
  double output_scale = 1.0;
  Mat W;  ///< (inputs, units) at the start
  Vec w;  ///< (units) at the start
};

/// What became of one network. Valid during the call that hands it over.
struct Trained {
  Index network = 0;
  std::span<const double> losses{};  ///< before each step; once NaN, NaN to the end
  Index needed = 0;  ///< steps until the loss was NaN, or all: what happens later is known
  const Vec& theta;  ///< where it ended: W row by row, then w; NaN when it was given up
};

class ManyTrainings {
 public:
  /// `give_up`: a network whose loss is NaN leaves its lane to the next one. Its losses stay NaN
  /// whatever happens, so that this changes no number but the time.
  /// @throws ModelError for shapes that do not fit, no sample, or another activation.
  ManyTrainings(TrainingTask task, Index steps, bool give_up = true);

  [[nodiscard]] const TrainingTask& task() const { return task_; }
  [[nodiscard]] Index steps() const { return steps_; }

  /// Full-batch gradient descent W -= eta_W[k] dL/dW, w -= eta_w[k] dL/dw of each network k, which
  /// goes to `done` when it has ended, in any order. The bits of a network depend on its learning
  /// rates alone, neither on the others nor on its place. `stopped` is asked from time to time;
  /// false when it said true and the rest was left. May run concurrently.
  bool run(std::span<const double> eta_W, std::span<const double> eta_w,
           const std::function<void(const Trained&)>& done,
           const std::function<bool()>& stopped) const;

 private:
  TrainingTask task_;
  Index steps_;
  bool give_up_;
  const mlp_kernel::ManyNetworksFunctions* functions_;
};

}  // namespace thalweg
