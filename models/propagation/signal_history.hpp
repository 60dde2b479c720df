// What one ensemble of random networks does over its whole depth: the signals of all layers, and
// the gradients of one sweep back from a random covector at the last layer. Both are computed once,
// when they are first asked for; the signals are kept, 8 (depth + 1) dim bytes.
#pragma once
#include <thalweg/models/propagation/random_layers.hpp>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace thalweg {

class SignalHistory {
 public:
  SignalHistory(RandomLayers layers, Index depth, double q0, double c0)
      : layers_(std::move(layers)), depth_(depth), q0_(q0), c0_(c0) {}

  [[nodiscard]] const RandomLayers& layers() const { return layers_; }
  [[nodiscard]] Index depth() const { return depth_; }
  [[nodiscard]] Vec start() const { return layers_.start(q0_, c0_); }
  /// h^l of all nets. @throws SolveError naming the layer where numbers overflow.
  [[nodiscard]] const Vec& signal(Index layer) const;
  /// Whether signals are there already and x is h^layer among them.
  [[nodiscard]] bool knows(In x, Index layer) const;
  /// ln |delta^l|^2 of input 0, shape (nets, regimes), delta^l = dloss/dh^l, |delta^depth| = 1:
  ///   delta^l = phi'(h^l) * sigma_w W^{l+1}' delta^{l+1}
  [[nodiscard]] const Mat& log_gradient(Index layer) const;

 private:
  void run_forward() const;
  void run_backward() const;

  RandomLayers layers_;
  Index depth_;
  double q0_, c0_;
  mutable std::once_flag forward_, backward_;
  mutable std::vector<Vec> signals_;
  mutable std::vector<Mat> log_gradients_;
};

/// The Jacobians J^l = dh^l/dh^0 of input 0 for the first `nets` networks, layer after layer.
class JacobianProduct {
 public:
  JacobianProduct(std::shared_ptr<const SignalHistory> history, Index nets)
      : history_(std::move(history)), nets_(nets) {}

  /// Column net + nets * regime: singular values of J^l, descending.
  [[nodiscard]] const Mat& singular_values(Index layer);
  /// The same of the layer alone, sigma_w W^l D^{l-1}; layer >= 1.
  [[nodiscard]] const Mat& layer_singular_values(Index layer);
  /// J^l = dh^l/dh^0, and sigma_w W^l D^{l-1} of the layer alone (the identity for layer 0), of
  /// matrix number net + nets * regime, shape (N, N).
  [[nodiscard]] Mat product(Index i, Index layer);
  [[nodiscard]] Mat layer_jacobian(Index i, Index layer) const;
  [[nodiscard]] Index nets() const { return nets_; }

 private:
  void move_to(Index layer);
  /// sigma_w W^l D^{l-1} M for matrix number i.
  void multiply(Index i, Index layer, const Mat& M, Mat& out) const;

  std::shared_ptr<const SignalHistory> history_;
  Index nets_, layer_ = -1, singular_layer_ = -1, alone_layer_ = -1;
  std::vector<Mat> J_;  // of Frobenius norm sqrt(N)
  Vec log_scale_;
  Mat singular_, alone_;
};

}  // namespace thalweg
