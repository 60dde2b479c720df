// The backpropagated gradient of a linear residual net, layer by layer: what a loss at the last
// layer T says about the field of layer t. g(t, s) = dL/dx_t(s) at fixed x_{t-1}, the derivative
// for the pair (x_t, x_{t-1}) as independent numbers; where the ends do not absorb it obeys
//
//   g_{t-1} = (2 - gamma) g_t - (1 - gamma) g_{t+1} - D' mu D g_t,
//
// the wave equation again, from g_T and g_{T+1} = 0, so that it is exactly zero outside the light
// cone |s - s*| <= T - t. The derivative with respect to x_{t-1} at fixed x_t is
// h(t) = -(1 - gamma) g(t + 1).
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/models/waves/kernel/leapfrog.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace thalweg {

class WaveGradient {
 public:
  /// The pair at the last layer: dL/dx_T and dL/dx_{T-1}.
  WaveGradient(std::shared_ptr<const wave_kernel::Leapfrog> net, Vec last, Vec last_but_one,
               Index layers);

  [[nodiscard]] Index layers() const { return layers_; }
  /// (g(t), h(t)), 0 <= t <= layers; zero after the last layer. Layers come from stored ones, every
  /// sqrt(T)-th, so that asking for all in any near order costs two backpropagations.
  [[nodiscard]] Vec pair(Index t) const;

 private:
  void backpropagate(Vec& pair) const;
  void sweep() const;
  void fill(Index segment) const;

  std::shared_ptr<const wave_kernel::Leapfrog> net_;
  Vec last_;
  Index layers_, stride_;
  mutable std::mutex busy_;
  mutable wave_kernel::Leapfrog::Workspace workspace_;
  mutable std::vector<Vec> stored_;   ///< at 0, stride, 2 stride, ...
  mutable std::vector<Vec> segment_;  ///< all layers between two stored ones
  mutable Index segment_number_ = -1;
};

}  // namespace thalweg
