// Weights of many random networks, drawn again whenever they are used: a thousand layers of width
// 1000 take no memory. The square matrix of (net, layer) depends on the seed and these two alone.
//
//   gaussian     W_ij = g_ij / sqrt(N)
//   orthogonal   W uniform in the sense of Haar, a product of N reflections of normal vectors:
//                N^2/2 numbers and no decomposition (Stewart, SIAM J. Numer. Anal. 17 (1980) 403)
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/numerics/normal_columns.hpp>

namespace thalweg {

class LayerWeights {
 public:
  enum class Kind { gaussian, orthogonal };
  LayerWeights(Kind kind, Index width, std::uint64_t seed);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] Index width() const { return width_; }
  /// WA = W A and WtA = W^T A, shapes (N, k); the result must not be A. Calls may run concurrently.
  void apply(Index net, Index layer, MatIn A, MatOut WA) const;
  void apply_transposed(Index net, Index layer, MatIn A, MatOut WtA) const;
  /// N normal numbers for biases, and for a covector at the last layer.
  void biases(Index net, Index layer, Out b) const;
  void covector(Index net, Out v) const;

 private:
  Kind kind_;
  Index width_;
  NormalColumns columns_, biases_, covectors_;
};

}  // namespace thalweg
