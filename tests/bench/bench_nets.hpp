// The benchmark's networks: data/bench/nets.h5 holds a, c and d (samples, start point); b is drawn
// from a seed. a = 64-100-100-10 and d = 64-[50]x10-10 on 1797 digits, b = 784-200-200-10 on 5000
// random samples, c = 2-32-32-1 on 256 samples.
#pragma once
#include <memory>
#include <string>
#include <thalweg/models/datasets/dataset.hpp>
#include <thalweg/models/networks/kernel/mlp_evaluate.hpp>
#include <vector>

namespace thalweg::bench {

struct BenchNet {
  std::vector<mlp_kernel::Index> widths;
  std::vector<double> x, y, theta;
  std::vector<int> labels;

  /// @throws std::runtime_error if the file is not there.
  static BenchNet load(char name);

  [[nodiscard]] mlp_kernel::MlpSamples samples() const;
  [[nodiscard]] std::shared_ptr<const Dataset> dataset() const;
  /// Floating-point operations of a gradient: 6 n W - 2 n W1, activations and loss not counted.
  [[nodiscard]] double gradient_flop() const;
};

}  // namespace thalweg::bench
