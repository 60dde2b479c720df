// Weight normalisation: every row of a layer's weights as length times direction,
//
//   W_i = g_i v_i / |v_i|,
//
// so that the loss does not see |v_i|. Here as a map theta = (V, g, b of each layer) -> (W, b) with
// its Jacobian J; with n = v/|v|, r = |v| and a gradient G of a row of W
//   dL/dg = G.n,   dL/dv = (g/r) (G - (G.n) n),
// and the derivative of these along (v', g') at fixed G, n' = (v' - (n.v') n)/r:
//   G.n',   (g'/r - g (n.v')/r^2) (G - (G.n) n) - (g/r) ((G.n') n + (G.n) n').
// Source: T. Salimans and D. Kingma, Weight normalization, NeurIPS 2016.
#pragma once
#include <thalweg/core/layout.hpp>
#include <thalweg/core/symmetry.hpp>
#include <thalweg/core/types.hpp>

#include <vector>

namespace thalweg {

class WeightNormalisation {
 public:
  WeightNormalisation() = default;
  /// widths[0] is the input.
  WeightNormalisation(const std::vector<Index>& widths, bool bias);

  [[nodiscard]] Index dim() const { return dim_; }                  ///< of theta
  [[nodiscard]] Index network_dim() const { return network_dim_; }  ///< of (W, b)

  /// (W, b) of theta; not finite where a row of V is zero.
  void weights(In theta, Out w) const;
  /// theta with V = W and g = |W|. @throws ModelError when a row of W is zero, for it has no
  /// direction.
  void parameters(In w, Out theta) const;
  /// Jv = J(theta) v.
  void push(In theta, In v, Out Jv) const;
  /// g = J(theta)' G.
  void pull(In theta, In G, Out g) const;
  /// out += d/de J(theta + e v)' G.
  void add_curvature(In theta, In v, In G, Out out) const;

  [[nodiscard]] Layout layout() const;
  /// The scale of every row, and the translation of the last biases when the loss is a softmax.
  [[nodiscard]] Symmetries symmetries(bool softmax, double decay) const;

 private:
  struct Layer {
    Index inputs, outputs, V, g, b, W, b_network;  // offsets; b < 0: none
  };
  std::vector<Layer> layers_;
  Index dim_ = 0, network_dim_ = 0;
};

}  // namespace thalweg
