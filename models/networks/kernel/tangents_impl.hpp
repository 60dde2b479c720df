// The kernel's tangent (R-)passes over a block of samples: products of the Hessian, of the
// Gauss-Newton matrix and of the outer products of per-sample gradients with a vector v = (V, vb).
//
// R-operator of Pearlmutter, Neural Computation 6 (1994) 147:
//   Rz^l = V a^(l-1) + vb + W Ra^(l-1),  Ra = phi' Rz,
//   Rdelta^l = phi'' Rz W^T delta^(l+1) + phi' (V^T delta^(l+1) + W^T Rdelta^(l+1)),
//   R dW = Rdelta a^T + delta Ra^T.
// Gauss-Newton (Schraudolph, Neural Computation 14 (2002) 1723) keeps of Rdelta the part through
// the outputs: Rdelta^L = w H_loss Rf, Rdelta^l = phi' W^T Rdelta^(l+1), dW = Rdelta a^T.
#pragma once
#include "passes_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

// The two summands V a + W Ra of a tangent at layer l; the inputs do not move.
template <class T>
struct TangentTerms {
  Term<T> terms[2];
  int n;
  const T* bias;

  TangentTerms(const Net<T>& net, const Layer<T>& layer, Index l, const Block<T>& block,
               const Activity<T>& at, const T* v, T* const* ra)
      : terms{{v + layer.weights, layer.inputs, 1, layer_input(block, at, l), layer.in_stride,
               layer.inputs},
              {net.theta + layer.weights, layer.inputs, 1, l > 1 ? ra[l - 1] : nullptr,
               layer.in_stride, layer.inputs}},
        n(l > 1 ? 2 : 1),
        bias(net.bias ? v + layer.bias : nullptr) {}
};

// R delta of the output layer, in place of R f.
template <class T>
THALWEG_INLINE void loss_tangent(const Net<T>& net, const Block<T>& block, const Activity<T>& at,
                                 T* rdelta) {
  const Index L = net.n_layers;
  for (Index tile = 0; tile < block.tiles; ++tile) {
    const Index place = tile * net.strides[L];
    tile_loss_tangent(net.loss, net.widths[L], block.weight + tile * kTile<T>, at.a[L] + place,
                      rdelta + place);
  }
}

template <class T>
void hessian_product(const Net<T>& net, const Block<T>& block, const Activity<T>& at, const T* v,
                     const Tangent<T>& tangent, T* hv, bool add) {
  const Index L = net.n_layers, tiles = block.tiles;
  Layer<T> layer = first_layer(net);
  for (Index l = 1; l <= L; ++l) {
    if (l > 1) layer = next_layer(net, l, layer);
    const TangentTerms<T> sum(net, layer, l, block, at, v, tangent.ra);
    T *const ra = tangent.ra[l], *const rdelta = tangent.rdelta[l];
    if (l == L) {
      layer_sums(sum.terms, sum.n, sum.bias, layer.outputs, layer.out_stride, tiles, rdelta);
    } else {
      const T *const d = at.d[l], *const c = at.c[l];
      layer_product(
          sum.terms, sum.n, sum.bias, layer.outputs, layer.out_stride, tiles,
          ra, [&](Index place, Vec<T> rz) __attribute__((always_inline)) {
            store(ra + place, rz * load(d + place));
            store(rdelta + place, rz * load(c + place));
          });
    }
  }
  loss_tangent(net, block, at, tangent.rdelta[L]);
  for (Index l = L; l >= 1; --l) {
    if (l < L) layer = layer_below(net, l, layer);
    const Pair<T> pairs[2] = {
        {tangent.rdelta[l], layer.out_stride, layer_input(block, at, l), layer.in_stride},
        {at.delta[l], layer.out_stride, l > 1 ? tangent.ra[l - 1] : nullptr, layer.in_stride}};
    layer_gradient(net, layer, pairs, l > 1 ? 2 : 1, tiles, hv, add);
    if (l == 1) break;
    const Term<T> terms[2] = {
        {v + layer.weights, 1, layer.inputs, at.delta[l], layer.out_stride, layer.outputs},
        {net.theta + layer.weights, 1, layer.inputs, tangent.rdelta[l], layer.out_stride,
         layer.outputs}};
    const T* const d = at.d[l - 1];
    T* const rdelta = tangent.rdelta[l - 1];
    const T* const no_bias = nullptr;
    layer_product(
        terms, 2, no_bias, layer.inputs, layer.in_stride, tiles,
        tangent.scratch, [&](Index place, Vec<T> re) __attribute__((always_inline)) {
          store(rdelta + place, load(rdelta + place) + re * load(d + place));
        });
  }
}

// R f and R a alone, into tangent.rdelta[L] and tangent.ra.
template <class T>
void output_tangent(const Net<T>& net, const Block<T>& block, const Activity<T>& at, const T* v,
                    const Tangent<T>& tangent) {
  Layer<T> layer = first_layer(net);
  for (Index l = 1; l <= net.n_layers; ++l) {
    if (l > 1) layer = next_layer(net, l, layer);
    const TangentTerms<T> sum(net, layer, l, block, at, v, tangent.ra);
    T* const rz = l == net.n_layers ? tangent.rdelta[l] : tangent.ra[l];
    layer_sums(sum.terms, sum.n, sum.bias, layer.outputs, layer.out_stride, block.tiles, rz);
    if (l == net.n_layers) break;
    const T* const d = at.d[l];
    for_each_vector<T>(layer.outputs, layer.out_stride, block.tiles,
                       [&](Index i) { store(rz + i, load(rz + i) * load(d + i)); });
  }
}

template <class T>
void gauss_newton_product(const Net<T>& net, const Block<T>& block, const Activity<T>& at,
                          const T* v, const Tangent<T>& tangent, T* gv, bool add) {
  const Index L = net.n_layers, tiles = block.tiles;
  output_tangent(net, block, at, v, tangent);
  loss_tangent(net, block, at, tangent.rdelta[L]);
  Layer<T> layer = last_layer(net);
  for (Index l = L; l >= 1; --l) {
    if (l < L) layer = layer_below(net, l, layer);
    const Pair<T> pair = {tangent.rdelta[l], layer.out_stride, layer_input(block, at, l),
                          layer.in_stride};
    layer_gradient(net, layer, &pair, 1, tiles, gv, add);
    if (l == 1) break;
    const Term<T> term = {net.theta + layer.weights,
                          1,
                          layer.inputs,
                          tangent.rdelta[l],
                          layer.out_stride,
                          layer.outputs};
    const T* const d = at.d[l - 1];
    T* const rdelta = tangent.rdelta[l - 1];
    const T* const no_bias = nullptr;
    layer_sums(&term, 1, no_bias, layer.inputs, layer.in_stride, tiles, rdelta);
    for_each_vector<T>(layer.inputs, layer.in_stride, tiles,
                       [&](Index i) { store(rdelta + i, load(rdelta + i) * load(d + i)); });
  }
}

// The gradient of sample s is the one `linearise` prepared over its weight, so its product with v
// is dloss_s = delta^L Rf / w, and w g (g' v) has the deltas of the gradient times dloss_s.
template <class T>
void gradient_product(const Net<T>& net, const Block<T>& block, const Activity<T>& at, const T* v,
                      const Tangent<T>& tangent, T* ev, bool add) {
  const Index L = net.n_layers, tiles = block.tiles;
  output_tangent(net, block, at, v, tangent);
  T* const change = tangent.scratch;  // one feature of a layer is enough
  for (Index tile = 0; tile < tiles; ++tile) {
    const Index place = tile * net.strides[L];
    tile_loss_change(net.widths[L], block.weight + tile * kTile<T>, at.delta[L] + place,
                     tangent.rdelta[L] + place, change + tile * kTile<T>);
  }
  Layer<T> layer = last_layer(net);
  for (Index l = L; l >= 1; --l) {
    if (l < L) layer = layer_below(net, l, layer);
    T* const rdelta = tangent.rdelta[l];
    const T* const delta = at.delta[l];
    for (Index tile = 0; tile < tiles; ++tile)
      for (Index o = 0; o < layer.outputs; ++o)
        for (Index i = 0; i < kTile<T>; i += kLanes<T>) {
          const Index place = tile * layer.out_stride + o * kTile<T> + i;
          store(rdelta + place, load(delta + place) * load(change + tile * kTile<T> + i));
        }
    const Pair<T> pair = {rdelta, layer.out_stride, layer_input(block, at, l), layer.in_stride};
    layer_gradient(net, layer, &pair, 1, tiles, ev, add);
  }
}

}  // namespace
}  // namespace thalweg::mlp_kernel
