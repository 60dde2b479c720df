// Loss and gradient of several small networks of one shape at once, a vector's lane for each. One
// small network alone leaves most of a vector's work to padding and to sums over lanes.
#pragma once
#include <span>

#include "mlp_evaluate.hpp"
#include "mlp_workspace.hpp"

namespace thalweg::mlp_kernel {

class JointEvaluator {
 public:
  /// Whether n samples of a network lie in one block of MlpEvaluator, whose order of sums is kept
  /// here.
  static bool fits(Index n, const Kernels& kernels = active_kernels());
  /// Whether networks of this shape take less time so than one by one.
  static bool suits(const MlpShape& shape, Index n, const Kernels& kernels = active_kernels());

  /// `n`: samples of each network, such that they fit.
  JointEvaluator(MlpShape shape, Index n, const Kernels& kernels = active_kernels());

  [[nodiscard]] Index lanes() const { return functions_.lanes; }
  /// The samples of the network in a lane, and the factor of its loss.
  void place(Index lane, const MlpSamples& samples, double scale);

  struct Call {
    const double* theta = nullptr;  ///< null: the lane is not in use
    double* g = nullptr;
    double value = 0.0;
  };
  /// The call of each lane: its value and gradient are those of MlpEvaluator, to the last bit, as
  /// long as they are finite; where one of them is not, the value is NaN and g is left alone.
  void value_and_gradient(std::span<Call> calls);

 private:
  MlpShape shape_;
  Index n_, n_parameters_, tiles_;
  const JointFunctions& functions_;
  std::vector<Index> strides_;
  Index x_stride_, y_width_, y_stride_;
  AlignedArray<double> x_, y_, weight_, theta_, g_, sums_, values_, unused_;
  Workspace<double> work_;
};

}  // namespace thalweg::mlp_kernel
