// An ensemble of random networks: `nets` of them, each with several inputs, for several pairs
// (sigma_w, sigma_b) at once, which share their random numbers. One layer is
//
//   h^{l+1} = sigma_w W^{l+1} phi(h^l) + sigma_b b^{l+1}
//
// The state holds h^l, row-major over (net, regime, input, unit).
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/models/propagation/activation_function.hpp>
#include <thalweg/models/propagation/layer_weights.hpp>

#include <vector>

namespace thalweg {

struct RandomLayers {
  struct Regime {
    double sigma_w = 1.0, sigma_b = 0.0;
  };
  ActivationFunction phi{};
  LayerWeights weights;
  std::uint64_t seed = 0;
  Index nets = 1, inputs = 2;
  std::vector<Regime> regimes{};

  [[nodiscard]] Index width() const { return weights.width(); }
  [[nodiscard]] Index n_regimes() const { return static_cast<Index>(regimes.size()); }
  [[nodiscard]] Index dim() const { return nets * n_regimes() * inputs * width(); }
  /// h of one input, a segment of the state.
  [[nodiscard]] auto input(In x, Index net, Index regime, Index i) const {
    return x.segment(((net * n_regimes() + regime) * inputs + i) * width(), width());
  }

  /// h^0: every input has |h|^2 / N = q0 and every two of a net have the correlation c0, exactly;
  /// else their directions are random.
  [[nodiscard]] Vec start(double q0, double c0) const;
  /// The layer n -> n + 1.
  void forward(In x, Out next, Index n) const;
  /// DFV = D V of the same layer, whose columns are states.
  void tangent(In x, MatIn V, MatOut DFV, Index n) const;
};

}  // namespace thalweg
