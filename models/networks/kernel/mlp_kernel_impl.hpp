// The kernel's passes, for the vector width of the including file. Vectors run over samples:
// a tile is kTileVectors vectors wide, weights are broadcast from theta as it lies, and products
// hold (outputs x kTileVectors) or (outputs x inputs) sums in registers. Layers are taken block by
// block; long inner dimensions are cut so that the operands of a pass stay in the caches.
#pragma once
#include "mlp_kernel.hpp"
#include "simd.hpp"

namespace thalweg::mlp_kernel {
namespace {

constexpr Index kTileVectors = 4;
// Register shape: 16 vector registers hold 3 x 4 sums, the 32 of AVX-512 hold 6 x 4.
constexpr Index kRows = kVectorBytes == 64 ? 6 : 3;
constexpr Index kColumns = 4;
constexpr Index kTileBytes = kTileVectors * kVectorBytes;  // one feature of one tile
// Features of a tile that a product takes at once: the tile's slice lies in the L1 cache.
constexpr Index kInnerFeatures = 20 * 1024 / kTileBytes;
// Weight gradient: bytes of inputs kept in L2 and of deltas kept in L1.
constexpr Index kGradientInputBytes = 160 * 1024, kGradientDeltaBytes = 26 * 1024;

template <class T>
constexpr Index kTile = kTileBytes / static_cast<Index>(sizeof(T));
template <class T>
constexpr Index kLanes = kVectorBytes / static_cast<Index>(sizeof(T));

THALWEG_INLINE constexpr Index ceil_div(Index a, Index b) { return (a + b - 1) / b; }
THALWEG_INLINE Index min(Index a, Index b) { return a < b ? a : b; }
THALWEG_INLINE Index max(Index a, Index b) { return a > b ? a : b; }

// Cuts n into parts of at most `most`, as even as possible, and calls f(start, size).
template <class F>
THALWEG_INLINE void for_even_parts(Index n, Index most, F f) {
  const Index parts = ceil_div(n, most);
  if (parts == 0) return;
  const Index small = n / parts, larger = n % parts;
  for (Index p = 0, start = 0; p < parts; ++p) {
    const Index size = small + (p < larger);
    f(start, size);
    start += size;
  }
}

template <Index N>
struct Constant {
  static constexpr Index value = N;
};

// Calls f(Constant<n>) for 1 <= n <= Most.
template <Index Most, class F>
THALWEG_INLINE void with_constant(Index n, F f) {
  if constexpr (Most > 1) {
    if (n < Most) return with_constant<Most - 1>(n, f);
  }
  f(Constant<Most>{});
}

// --- products over features -------------------------------------------------------------------

// One summand of a layer product: out[o] += sum_k w[o * row + k * column] x[k], x a layer's tiles.
template <class T>
struct Term {
  const T* w;
  Index row, column;
  const T* x;
  Index x_stride, features;
};

template <class T, Index N>
struct Sums {
  Vec<T> v[N][kTileVectors];
};

template <class T, Index N>
THALWEG_INLINE void add_products(Sums<T, N>& sums, const T* w, Index row, Index column, const T* x,
                                 Index features) {
  for (Index k = 0; k < features; ++k) {
    Vec<T> weight[N];
#pragma GCC unroll 8
    for (Index o = 0; o < N; ++o) weight[o] = broadcast<T>(w[o * row]);
#pragma GCC unroll 8
    for (Index i = 0; i < kTileVectors; ++i) {
      const Vec<T> input = load(x + i * kLanes<T>);
#pragma GCC unroll 8
      for (Index o = 0; o < N; ++o) sums.v[o][i] += input * weight[o];
    }
    w += column;
    x += kTile<T>;
  }
}

// A product's sums before the last pass wait in `scratch`; `finish(tile, o, i, sum)` takes them
// after it (i: the vector's place in the tile).
template <class T, class Finish>
THALWEG_INLINE void layer_product(const Term<T>* terms, int n_terms, const T* bias, Index outputs,
                                  Index out_stride, Index tiles, T* scratch, Finish finish) {
  // A pass takes a slice of every term; with two terms the slices share the L1 cache.
  Index passes = 1;
  for (int t = 0; t < n_terms; ++t)
    passes = max(passes, ceil_div(terms[t].features * n_terms, kInnerFeatures));
  for (Index pass = 0; pass < passes; ++pass) {
    const bool first = pass == 0, last = pass == passes - 1;
    for (Index tile = 0; tile < tiles; ++tile) {
      T* const partial = scratch + tile * out_stride;
      for_even_parts(
          outputs, kRows, [&](Index o, Index rows) __attribute__((always_inline)) {
            with_constant<kRows>(
                rows, [&](auto n) __attribute__((always_inline)) {
                  constexpr Index N = decltype(n)::value;
                  Sums<T, N> sums;
#pragma GCC unroll 8
                  for (Index r = 0; r < N; ++r)
#pragma GCC unroll 8
                    for (Index i = 0; i < kTileVectors; ++i)
                      sums.v[r][i] = !first ? load(partial + (o + r) * kTile<T> + i * kLanes<T>)
                                     : bias ? broadcast<T>(bias[o + r])
                                            : Vec<T>{};
                  for (int t = 0; t < n_terms; ++t) {
                    const Term<T>& term = terms[t];
                    const Index begin = term.features * pass / passes;
                    const Index end = term.features * (pass + 1) / passes;
                    add_products(sums, term.w + o * term.row + begin * term.column, term.row,
                                 term.column, term.x + tile * term.x_stride + begin * kTile<T>,
                                 end - begin);
                  }
#pragma GCC unroll 8
                  for (Index r = 0; r < N; ++r)
#pragma GCC unroll 8
                    for (Index i = 0; i < kTileVectors; ++i) {
                      const Index place = (o + r) * kTile<T> + i * kLanes<T>;
                      if (last)
                        finish(tile * out_stride + place, sums.v[r][i]);
                      else
                        store(partial + place, sums.v[r][i]);
                    }
                });
          });
    }
  }
}

// --- products over samples --------------------------------------------------------------------

// One summand of a weight gradient: g[o][i] += sum_s delta[o][s] x[i][s].
template <class T>
struct Pair {
  const T* delta;
  Index delta_stride;
  const T* x;
  Index x_stride;
};

template <class T, Index N, Index M>
THALWEG_INLINE void gradient_part(const Pair<T>* pairs, int n_pairs, Index o, Index i, Index tiles,
                                  T* g, Index row, bool add) {
  Vec<T> sums[N][M];
#pragma GCC unroll 8
  for (Index r = 0; r < N; ++r)
#pragma GCC unroll 8
    for (Index c = 0; c < M; ++c) sums[r][c] = Vec<T>{};
  for (int p = 0; p < n_pairs; ++p) {
    const T* delta = pairs[p].delta + o * kTile<T>;
    const T* x = pairs[p].x + i * kTile<T>;
    for (Index tile = 0; tile < tiles; ++tile) {
#pragma GCC unroll 8
      for (Index v = 0; v < kTileVectors; ++v) {
        Vec<T> d[N];
#pragma GCC unroll 8
        for (Index r = 0; r < N; ++r) d[r] = load(delta + r * kTile<T> + v * kLanes<T>);
#pragma GCC unroll 8
        for (Index c = 0; c < M; ++c) {
          const Vec<T> input = load(x + c * kTile<T> + v * kLanes<T>);
#pragma GCC unroll 8
          for (Index r = 0; r < N; ++r) sums[r][c] += d[r] * input;
        }
      }
      delta += pairs[p].delta_stride;
      x += pairs[p].x_stride;
    }
  }
#pragma GCC unroll 8
  for (Index r = 0; r < N; ++r) {
    const auto sum = lane_sums(sums[r][0], sums[r][M > 1 ? 1 : 0], sums[r][M > 2 ? 2 : 0],
                               sums[r][M > 3 ? 3 : 0]);
    T* out = g + (o + r) * row + i;
    if constexpr (M == 4) {
      typename Simd<T>::Four total = sum;  // unaligned in theta's order
      if (add) {
        __builtin_memcpy(&total, out, sizeof total);
        total += sum;
      }
      __builtin_memcpy(out, &total, sizeof total);
    } else {
#pragma GCC unroll 8
      for (Index c = 0; c < M; ++c) out[c] = add ? out[c] + sum[c] : sum[c];
    }
  }
}

template <class T>
void weight_gradient(const Pair<T>* pairs, int n_pairs, Index outputs, Index inputs, Index tiles,
                     T* g, bool add) {
  const Index bytes = n_pairs * tiles * kTileBytes;  // of one feature over the block
  const Index columns = max(1, kGradientInputBytes / (bytes * kColumns)) * kColumns;
  const Index rows = max(1, kGradientDeltaBytes / (bytes * kRows)) * kRows;
  for_even_parts(ceil_div(inputs, kColumns), columns / kColumns, [&](Index c0, Index c_size) {
    const Index i0 = c0 * kColumns, i_size = min(inputs - i0, c_size * kColumns);
    for_even_parts(ceil_div(outputs, kRows), rows / kRows, [&](Index r0, Index r_size) {
      const Index o0 = r0 * kRows, o_size = min(outputs - o0, r_size * kRows);
      for_even_parts(i_size, kColumns, [&](Index i, Index m) {
        for_even_parts(o_size, kRows, [&](Index o, Index n) {
          with_constant<kColumns>(m, [&](auto columns_of_part) {
            with_constant<kRows>(n, [&](auto rows_of_part) {
              gradient_part<T, decltype(rows_of_part)::value, decltype(columns_of_part)::value>(
                  pairs, n_pairs, o0 + o, i0 + i, tiles, g, inputs, add);
            });
          });
        });
      });
    });
  });
}

template <class T>
void bias_gradient(const T* delta, Index stride, Index outputs, Index tiles, T* g, bool add) {
  for (Index o = 0; o < outputs; ++o) {
    Vec<T> sum[kTileVectors] = {};
    for (Index tile = 0; tile < tiles; ++tile)
#pragma GCC unroll 8
      for (Index v = 0; v < kTileVectors; ++v)
        sum[v] += load(delta + tile * stride + o * kTile<T> + v * kLanes<T>);
    const auto lanes = lane_sums(sum[0], sum[1], sum[2], sum[3]);
    const T total = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    g[o] = add ? g[o] + total : total;
  }
}

// --- activations ------------------------------------------------------------------------------

template <class T, class F>
THALWEG_INLINE void apply(F phi, const T* z, T* value, T* first, T* second, Index n) {
  if (second)
    for (Index i = 0; i < n; i += kLanes<T>) {
      const Jet<T> jet = phi(load(z + i));
      store(value + i, jet.value);
      store(first + i, jet.first);
      store(second + i, jet.second);
    }
  else if (first)
    for (Index i = 0; i < n; i += kLanes<T>) {
      const Jet<T> jet = phi(load(z + i));
      store(value + i, jet.value);
      store(first + i, jet.first);
    }
  else
    for (Index i = 0; i < n; i += kLanes<T>) store(value + i, phi(load(z + i)).value);
}

template <class T>
void activate(Activation activation, const T* z, T* value, T* first, T* second, Index n) {
  const auto run = [&](auto phi) { apply(phi, z, value, first, second, n); };
#define THALWEG_PHI(jet) \
  [](Vec<T> x) __attribute__((always_inline)) { return jet<T>(x); }
  switch (activation) {
    case Activation::identity:
      return run(THALWEG_PHI(identity_jet));
    case Activation::tanh:
      return run(THALWEG_PHI(tanh_jet));
    case Activation::relu:
      return run(THALWEG_PHI(relu_jet));
    case Activation::gelu:
      return run(THALWEG_PHI(gelu_jet));
    case Activation::erf:
      return run(THALWEG_PHI(erf_jet));
    case Activation::sigmoid:
      return run(THALWEG_PHI(sigmoid_jet));
    case Activation::softplus:
      return run(THALWEG_PHI(softplus_jet));
  }
#undef THALWEG_PHI
}

template <class T>
void exp_log(const T* x, T* exp_x, T* log_x, Index n) {
  for (Index i = 0; i < n; i += kLanes<T>) {
    store(exp_x + i, exp_nonpositive<T>(load(x + i)));
    store(log_x + i, log<T>(load(x + i)));
  }
}

// --- losses -----------------------------------------------------------------------------------

// Sum of weight * loss over a tile; where asked for, delta = weight * dloss/df, and f is replaced
// by the probabilities of cross-entropy and logistic loss.
template <class T>
double tile_loss(Loss loss, Index outputs, const T* y, const T* weight, T* f, T* delta,
                 bool keep_probabilities) {
  constexpr Index lanes = kLanes<T>, tile = kTile<T>;
  double total = 0;
  for (Index v = 0; v < kTileVectors; ++v) {
    T* const fv = f + v * lanes;
    T* const dv = delta ? delta + v * lanes : nullptr;
    const T* const yv = y + v * lanes;
    const Vec<T> w = load(weight + v * lanes);
    Vec<T> sum{};
    if (loss == Loss::mse) {
      for (Index o = 0; o < outputs; ++o) {
        const Vec<T> e = load(fv + o * tile) - load(yv + o * tile);
        sum += e * e;
        if (dv) store(dv + o * tile, e * w);
      }
      sum *= T(0.5);
    } else if (loss == Loss::cross_entropy) {
      Vec<T> top = load(fv), at_label{}, partition{};
      for (Index o = 1; o < outputs; ++o) {
        const Vec<T> x = load(fv + o * tile);
        top = x > top ? x : top;
      }
      const Vec<T> label = load(yv);
      for (Index o = 0; o < outputs; ++o) {
        const Vec<T> x = load(fv + o * tile), p = exp_nonpositive<T>(x - top);
        at_label = label == static_cast<T>(o) ? x - top : at_label;
        partition += p;
        if (dv) store(dv + o * tile, p);
      }
      sum = log<T>(partition) - at_label;
      const Vec<T> inverse = T(1) / partition;
      for (Index o = 0; dv && o < outputs; ++o) {
        const Vec<T> p = load(dv + o * tile) * inverse;
        const Vec<T> one = broadcast<T>(T(1));
        store(dv + o * tile, (p - (label == static_cast<T>(o) ? one : Vec<T>{})) * w);
        if (keep_probabilities) store(fv + o * tile, p);
      }
    } else {
      const Vec<T> x = load(fv), label = load(yv);
      const Jet<T> s = softplus_jet<T>(x);
      // softplus(x) - y x, without cancellation for a large margin.
      sum = softplus_jet<T>(label > T(0) ? -x : x).value;
      if (dv) {
        const Vec<T> miss = softplus_jet<T>(label > T(0) ? -x : x).first;
        store(dv, (label > T(0) ? -miss : miss) * w);
        if (keep_probabilities) store(fv, s.first);
      }
    }
    sum *= w;
    for (Index lane = 0; lane < lanes; ++lane) total += static_cast<double>(sum[lane]);
  }
  return total;
}

// R delta of the output layer from R f (both in rdelta), given the probabilities p.
template <class T>
void tile_loss_tangent(Loss loss, Index outputs, const T* weight, const T* p, T* rdelta) {
  constexpr Index lanes = kLanes<T>, tile = kTile<T>;
  for (Index v = 0; v < kTileVectors; ++v) {
    T* const r = rdelta + v * lanes;
    const T* const pv = p + v * lanes;
    const Vec<T> w = load(weight + v * lanes);
    Vec<T> mean{};
    if (loss == Loss::cross_entropy)
      for (Index o = 0; o < outputs; ++o) mean += load(pv + o * tile) * load(r + o * tile);
    for (Index o = 0; o < outputs; ++o) {
      const Vec<T> rf = load(r + o * tile), po = load(pv + o * tile);
      const Vec<T> curvature = loss == Loss::mse             ? rf
                               : loss == Loss::cross_entropy ? po * (rf - mean)
                                                             : po * (T(1) - po) * rf;
      store(r + o * tile, curvature * w);
    }
  }
}

// --- passes over a block ----------------------------------------------------------------------

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

enum class Derivatives { none, first, second };

template <class T>
void forward_pass(const Net<T>& net, const Block<T>& block, const Activity<T>& at,
                  Derivatives derivatives) {
  Layer<T> layer = first_layer(net);
  for (Index l = 1; l <= net.n_layers; ++l) {
    if (l > 1) layer = next_layer(net, l, layer);
    T* const a = at.a[l];
    const Term<T> term = {net.theta + layer.weights, layer.inputs,    1,
                          layer_input(block, at, l), layer.in_stride, layer.inputs};
    const T* const bias = net.bias ? net.theta + layer.bias : nullptr;
    layer_product(
        &term, 1, bias, layer.outputs, layer.out_stride, block.tiles,
        a, [&](Index place, Vec<T> z) __attribute__((always_inline)) { store(a + place, z); });
    if (l == net.n_layers) continue;
    T* const d = derivatives == Derivatives::none ? nullptr : at.d[l];
    T* const c = derivatives == Derivatives::second ? at.c[l] : nullptr;
    for (Index tile = 0; tile < block.tiles; ++tile) {
      const Index place = tile * layer.out_stride;
      activate(net.activation, a + place, a + place, d ? d + place : nullptr,
               c ? c + place : nullptr, layer.outputs * kTile<T>);
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

// delta^(l-1) = phi'(z^(l-1)) W^lT delta^l; with c also phi''(z) W^T delta in place of phi''.
template <class T>
void propagate_back(const Net<T>& net, const Layer<T>& layer, Index l, Index tiles,
                    const Activity<T>& at, bool second) {
  const Term<T> term = {
      net.theta + layer.weights, 1, layer.inputs, at.delta[l], layer.out_stride, layer.outputs};
  T *const d = at.d[l - 1], *const delta = at.delta[l - 1];
  T* const c = second ? at.c[l - 1] : nullptr;
  const T* const no_bias = nullptr;
  if (second)
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
    if (l > 1) propagate_back(net, layer, l, block.tiles, at, false);
  }
  return loss;
}

template <class T>
double linearise(const Net<T>& net, const Block<T>& block, const Activity<T>& at) {
  forward_pass(net, block, at, Derivatives::second);
  const double loss = loss_pass(net, block, at, true, true);
  Layer<T> layer = last_layer(net);
  for (Index l = net.n_layers; l > 1; --l) {
    if (l < net.n_layers) layer = layer_below(net, l, layer);
    propagate_back(net, layer, l, block.tiles, at, true);
  }
  return loss;
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

// R-operator of Pearlmutter, Neural Computation 6 (1994) 147, along v = (V, vb):
//   Rz^l = V a^(l-1) + vb + W Ra^(l-1),  Ra = phi' Rz,
//   Rdelta^l = phi'' Rz W^T delta^(l+1) + phi' (V^T delta^(l+1) + W^T Rdelta^(l+1)),
//   R dW = Rdelta a^T + delta Ra^T.
template <class T>
void hessian_product(const Net<T>& net, const Block<T>& block, const Activity<T>& at, const T* v,
                     const Tangent<T>& tangent, T* hv, bool add) {
  const Index L = net.n_layers, tiles = block.tiles;
  Layer<T> layer = first_layer(net);
  for (Index l = 1; l <= L; ++l) {
    if (l > 1) layer = next_layer(net, l, layer);
    const Term<T> terms[2] = {{v + layer.weights, layer.inputs, 1, layer_input(block, at, l),
                               layer.in_stride, layer.inputs},
                              {net.theta + layer.weights, layer.inputs, 1,
                               l > 1 ? tangent.ra[l - 1] : nullptr, layer.in_stride, layer.inputs}};
    T *const ra = tangent.ra[l], *const rdelta = tangent.rdelta[l];
    const T* const bias = net.bias ? v + layer.bias : nullptr;
    if (l == L) {
      layer_product(
          terms, l > 1 ? 2 : 1, bias, layer.outputs, layer.out_stride, tiles,
          rdelta, [&](Index place, Vec<T> rz) __attribute__((always_inline)) {
            store(rdelta + place, rz);
          });
    } else {
      const T *const d = at.d[l], *const c = at.c[l];
      layer_product(
          terms, l > 1 ? 2 : 1, bias, layer.outputs, layer.out_stride, tiles,
          ra, [&](Index place, Vec<T> rz) __attribute__((always_inline)) {
            store(ra + place, rz * load(d + place));
            store(rdelta + place, rz * load(c + place));
          });
    }
  }
  for (Index tile = 0; tile < tiles; ++tile) {
    const Index place = tile * layer.out_stride;
    tile_loss_tangent(net.loss, layer.outputs, block.weight + tile * kTile<T>, at.a[L] + place,
                      tangent.rdelta[L] + place);
  }
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

template <class T>
constexpr Functions<T> functions() {
  return {kTile<T>,     activate<T>, exp_log<T>,        forward<T>, value<T>, value_and_gradient<T>,
          linearise<T>, gradient<T>, hessian_product<T>};
}

}  // namespace
}  // namespace thalweg::mlp_kernel
