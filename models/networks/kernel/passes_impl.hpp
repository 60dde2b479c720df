// The kernel's passes over a block of samples, layer by layer: forward, loss, backward.
#pragma once
#include "losses_impl.hpp"
#include "products_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

// Places of a layer's weights and biases in theta.
template <class T>
struct Layer {
  Index inputs, outputs, in_stride, out_stride, weights, bias;
};

template <class T>
THALWEG_INLINE Layer<T> first_layer(const Net<T>& net) {
  return {net.widths[0],
          net.widths[1],
          net.strides[0],
          net.strides[1],
          0,
          net.widths[0] * net.widths[1]};
}

template <class T>
THALWEG_INLINE void step(const Net<T>& net, Index l, Index weights, Layer<T>& layer) {
  layer.inputs = net.widths[l - 1];
  layer.outputs = net.widths[l];
  layer.in_stride = net.strides[l - 1];
  layer.out_stride = net.strides[l];
  layer.weights = weights;
  layer.bias = weights + layer.inputs * layer.outputs;
}

template <class T>
THALWEG_INLINE Layer<T> next_layer(const Net<T>& net, Index l, const Layer<T>& previous) {
  Layer<T> layer = previous;
  step(net, l, previous.bias + (net.bias ? previous.outputs : 0), layer);
  return layer;
}

template <class T>
THALWEG_INLINE Layer<T> last_layer(const Net<T>& net) {
  Layer<T> layer = first_layer(net);
  for (Index l = 2; l <= net.n_layers; ++l) layer = next_layer(net, l, layer);
  return layer;
}

// The layer before layer l + 1.
template <class T>
THALWEG_INLINE Layer<T> layer_below(const Net<T>& net, Index l, const Layer<T>& above) {
  Layer<T> layer = above;
  const Index size = net.widths[l - 1] * net.widths[l] + (net.bias ? net.widths[l] : 0);
  step(net, l, above.weights - size, layer);
  return layer;
}

template <class T>
THALWEG_INLINE const T* layer_input(const Block<T>& block, const Activity<T>& at, Index l) {
  return l == 1 ? block.x : at.a[l - 1];
}

enum class Derivatives { none, first, second, third };

template <class T, class Weights = SharedWeights<T>>
void forward_pass(const Net<T>& net, const Block<T>& block, const Activity<T>& at,
                  Derivatives derivatives) {
  Layer<T> layer = first_layer(net);
  for (Index l = 1; l <= net.n_layers; ++l) {
    if (l > 1) layer = next_layer(net, l, layer);
    T* const a = at.a[l];
    const Term<T, Weights> term = {net.theta + layer.weights * Weights::step,
                                   layer.inputs,
                                   1,
                                   layer_input(block, at, l),
                                   layer.in_stride,
                                   layer.inputs};
    const T* const bias = net.bias ? net.theta + layer.bias * Weights::step : nullptr;
    layer_sums(&term, 1, bias, layer.outputs, layer.out_stride, block.tiles, a);
    if (l == net.n_layers) continue;
    T* const d = derivatives == Derivatives::none ? nullptr : at.d[l];
    T* const c = derivatives == Derivatives::second  ? at.c[l]
                 : derivatives == Derivatives::third ? at.s[l]
                                                     : nullptr;
    T* const t = derivatives == Derivatives::third ? at.t[l] : nullptr;
    for (Index tile = 0; tile < block.tiles; ++tile) {
      const Index place = tile * layer.out_stride;
      activate(net.activation, a + place, a + place, d ? d + place : nullptr,
               c ? c + place : nullptr, t ? t + place : nullptr, layer.outputs * kTile<T>);
    }
  }
}

template <class T>
double loss_pass(const Net<T>& net, const Block<T>& block, const Activity<T>& at, bool derivative,
                 bool keep_probabilities) {
  const Index L = net.n_layers, outputs = net.widths[L], stride = net.strides[L];
  const Index y_stride = net.loss == Loss::mse ? outputs * kTile<T> : kTile<T>;
  double total = 0;
  for (Index tile = 0; tile < block.tiles; ++tile)
    total += tile_loss(net.loss, outputs, block.y + tile * y_stride, block.weight + tile * kTile<T>,
                       at.a[L] + tile * stride, derivative ? at.delta[L] + tile * stride : nullptr,
                       keep_probabilities);
  return total;
}

template <class T>
void layer_gradient(const Net<T>& net, const Layer<T>& layer, const Pair<T>* pairs, int n_pairs,
                    Index tiles, T* g, bool add) {
  weight_gradient(pairs, n_pairs, layer.outputs, layer.inputs, tiles, g + layer.weights, add);
  if (net.bias)
    bias_gradient(pairs[0].delta, layer.out_stride, layer.outputs, tiles, g + layer.bias, add);
}

// delta^(l-1) = phi'(z^(l-1)) W^lT delta^l; `second`: also c = phi''(z) W^T delta in place of
// phi''; `third`: c apart from phi'', and t = phi'''(z) W^T delta in place of phi'''.
template <class T, class Weights = SharedWeights<T>>
void propagate_back(const Net<T>& net, const Layer<T>& layer, Index l, Index tiles,
                    const Activity<T>& at, Derivatives derivatives) {
  const Term<T, Weights> term = {net.theta + layer.weights * Weights::step,
                                 1,
                                 layer.inputs,
                                 at.delta[l],
                                 layer.out_stride,
                                 layer.outputs};
  T *const d = at.d[l - 1], *const delta = at.delta[l - 1];
  const T* const no_bias = nullptr;
  if (derivatives == Derivatives::third) {
    T *const c = at.c[l - 1], *const s = at.s[l - 1], *const t = at.t[l - 1];
    layer_sums(&term, 1, no_bias, layer.inputs, layer.in_stride, tiles, at.scratch);
    for_each_vector<T>(layer.inputs, layer.in_stride, tiles, [&](Index place) {
      const Vec<T> e = load(at.scratch + place);
      store(delta + place, e * load(d + place));
      store(c + place, e * load(s + place));
      store(t + place, e * load(t + place));
    });
    return;
  }
  T* const c = derivatives == Derivatives::second ? at.c[l - 1] : nullptr;
  if (c)
    layer_product(
        &term, 1, no_bias, layer.inputs, layer.in_stride, tiles,
        at.scratch, [&](Index place, Vec<T> e) __attribute__((always_inline)) {
          store(delta + place, e * load(d + place));
          store(c + place, e * load(c + place));
        });
  else
    layer_product(
        &term, 1, no_bias, layer.inputs, layer.in_stride, tiles,
        at.scratch, [&](Index place, Vec<T> e) __attribute__((always_inline)) {
          store(delta + place, e * load(d + place));
        });
}

template <class T>
void forward(const Net<T>& net, const Block<T>& block, const Activity<T>& at) {
  forward_pass(net, block, at, Derivatives::none);
}

template <class T>
double value(const Net<T>& net, const Block<T>& block, const Activity<T>& at) {
  forward_pass(net, block, at, Derivatives::none);
  return loss_pass(net, block, at, false, false);
}

template <class T>
double value_and_gradient(const Net<T>& net, const Block<T>& block, const Activity<T>& at, T* g,
                          bool add) {
  forward_pass(net, block, at, Derivatives::first);
  const double loss = loss_pass(net, block, at, true, false);
  Layer<T> layer = last_layer(net);
  for (Index l = net.n_layers; l >= 1; --l) {
    if (l < net.n_layers) layer = layer_below(net, l, layer);
    const Pair<T> pair = {at.delta[l], layer.out_stride, layer_input(block, at, l),
                          layer.in_stride};
    layer_gradient(net, layer, &pair, 1, block.tiles, g, add);
    if (l > 1) propagate_back(net, layer, l, block.tiles, at, Derivatives::first);
  }
  return loss;
}

template <class T>
double linearise_with(Derivatives derivatives, const Net<T>& net, const Block<T>& block,
                      const Activity<T>& at) {
  forward_pass(net, block, at, derivatives);
  const double loss = loss_pass(net, block, at, true, true);
  Layer<T> layer = last_layer(net);
  for (Index l = net.n_layers; l > 1; --l) {
    if (l < net.n_layers) layer = layer_below(net, l, layer);
    propagate_back(net, layer, l, block.tiles, at, derivatives);
  }
  return loss;
}

template <class T>
double linearise(const Net<T>& net, const Block<T>& block, const Activity<T>& at) {
  return linearise_with(Derivatives::second, net, block, at);
}

template <class T>
double linearise_twice(const Net<T>& net, const Block<T>& block, const Activity<T>& at) {
  return linearise_with(Derivatives::third, net, block, at);
}

template <class T>
void gradient(const Net<T>& net, const Block<T>& block, const Activity<T>& at, T* g, bool add) {
  Layer<T> layer = last_layer(net);
  for (Index l = net.n_layers; l >= 1; --l) {
    if (l < net.n_layers) layer = layer_below(net, l, layer);
    const Pair<T> pair = {at.delta[l], layer.out_stride, layer_input(block, at, l),
                          layer.in_stride};
    layer_gradient(net, layer, &pair, 1, block.tiles, g, add);
  }
}

}  // namespace
}  // namespace thalweg::mlp_kernel
