// Loss and gradient of as many networks as there are lanes, for the vector width of the including
// file. Passes over layers are those of one network with its weights in lanes. Sums over samples
// follow the tree of one network's: there a sample lies in lane s mod L of a vector, lanes are put
// together by `lane_sums`, and samples that do not exist weigh nothing.
#pragma once
#include "passes_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

using NetLanes = LaneWeights<double>;
constexpr Index kJointRows = 2, kJointColumns = kVectorBytes == 64 ? 4 : 2;

// A sample's place in the tiles of a layer.
THALWEG_INLINE Index sample_place(Index s, Index stride) {
  return s / kTileVectors * stride + s % kTileVectors * kLanes<double>;
}

template <Index N, Index M>
struct JointSums {
  Vec<double> v[N][M];
  THALWEG_INLINE void operator+=(const JointSums& other) {
#pragma GCC unroll 4
    for (Index r = 0; r < N; ++r)
#pragma GCC unroll 4
      for (Index c = 0; c < M; ++c) v[r][c] += other.v[r][c];
  }
};

// The sum of leaf(0), ..., leaf(L - 1) as `lane_sums` adds lanes, of those below `count`.
template <class Leaf>
THALWEG_INLINE auto lane_tree(Index count, Leaf leaf) {
  constexpr Index lanes = kLanes<double>;
  if constexpr (lanes == 2) {
    auto sum = leaf(0);
    if (1 < count) sum += leaf(1);
    return sum;
  } else {
    const auto folded = [&](Index i) __attribute__((always_inline)) {
      auto sum = leaf(i);
      if constexpr (lanes == 8)
        if (i + 4 < count) sum += leaf(i + 4);
      return sum;
    };
    auto sum = folded(0);
    if (1 < count) sum += folded(1);
    if (2 < count) {
      auto upper = folded(2);
      if (3 < count) upper += folded(3);
      sum += upper;
    }
    return sum;
  }
}

template <Index N, Index M>
void joint_gradient_part(const Pair<double>& pair, Index o, Index i, Index samples, double* g,
                         Index row) {
  constexpr Index lanes = kLanes<double>, tile = kTile<double>;
  const double* const delta = pair.delta + o * tile;
  const double* const x = pair.x + i * tile;
  const auto sum = lane_tree(
      samples, [&](Index first) __attribute__((always_inline)) {
        JointSums<N, M> sums = {};
        for (Index s = first; s < samples; s += lanes) {
          const double* const d = delta + sample_place(s, pair.delta_stride);
          const double* const in = x + sample_place(s, pair.x_stride);
          Vec<double> e[N];
#pragma GCC unroll 4
          for (Index r = 0; r < N; ++r) e[r] = load(d + r * tile);
#pragma GCC unroll 4
          for (Index c = 0; c < M; ++c) {
            const Vec<double> input = load(in + c * tile);
#pragma GCC unroll 4
            for (Index r = 0; r < N; ++r) sums.v[r][c] += e[r] * input;
          }
        }
        return sums;
      });
#pragma GCC unroll 4
  for (Index r = 0; r < N; ++r)
#pragma GCC unroll 4
    for (Index c = 0; c < M; ++c)
      store(g + ((o + r) * row + i + c) * lanes, sum.v[r][c] + Vec<double>{});  // no -0
}

inline void joint_weight_gradient(const Pair<double>& pair, Index outputs, Index inputs,
                                  Index samples, double* g) {
  for_even_parts(inputs, kJointColumns, [&](Index i, Index m) {
    for_even_parts(outputs, kJointRows, [&](Index o, Index n) {
      with_constant<kJointColumns>(m, [&](auto columns) {
        with_constant<kJointRows>(n, [&](auto rows) {
          joint_gradient_part<decltype(rows)::value, decltype(columns)::value>(pair, o, i, samples,
                                                                               g, inputs);
        });
      });
    });
  });
}

// One network's vectors are summed over tiles first, then lanes, then the tile's vectors by halves.
inline void joint_bias_gradient(const double* delta, Index stride, Index outputs, Index samples,
                                double* g) {
  constexpr Index lanes = kLanes<double>, tile = kTile<double>;
  static_assert(kTileVectors == 4);
  for (Index o = 0; o < outputs; ++o) {
    const auto vector = [&](Index v) __attribute__((always_inline)) {
      return lane_tree(
          samples - v * lanes, [&](Index lane) __attribute__((always_inline)) {
            Vec<double> sum{};
            for (Index s = v * lanes + lane; s < samples; s += tile)
              sum += load(delta + o * tile + sample_place(s, stride));
            return sum;
          });
    };
    Vec<double> sum = vector(0);
    if (lanes < samples) sum += vector(1);
    if (2 * lanes < samples) {
      Vec<double> upper = vector(2);
      if (3 * lanes < samples) upper += vector(3);
      sum += upper;
    }
    store(g + o * lanes, sum + Vec<double>{});
  }
}

// One network's losses are summed tile by tile, sample after sample.
inline void joint_loss(const Net<double>& net, const Block<double>& block, Index samples,
                       const Activity<double>& at, double* sums, double* values) {
  constexpr Index lanes = kLanes<double>, tile = kTile<double>;
  const Index L = net.n_layers, outputs = net.widths[L], stride = net.strides[L];
  const Index y_stride = net.loss == Loss::mse ? outputs * tile : tile;
  for (Index s = 0; s < block.tiles * kTileVectors; ++s)
    store(sums + s * lanes, vector_loss(net.loss, outputs, block.y + sample_place(s, y_stride),
                                        block.weight + s * lanes, at.a[L] + sample_place(s, stride),
                                        at.delta[L] + sample_place(s, stride), false));
  Vec<double> total{};
  for (Index first = 0; first < samples; first += tile) {
    Vec<double> of_tile{};
    for (Index s = first; s < min(first + tile, samples); ++s) of_tile += load(sums + s * lanes);
    total += of_tile;
  }
  store(values, total);
}

inline void joint_value_and_gradient(const Net<double>& net, const Block<double>& block,
                                     Index samples, const Activity<double>& at, double* sums,
                                     double* values, double* g) {
  forward_pass<double, NetLanes>(net, block, at, Derivatives::first);
  joint_loss(net, block, samples, at, sums, values);
  Layer<double> layer = last_layer(net);
  for (Index l = net.n_layers; l >= 1; --l) {
    if (l < net.n_layers) layer = layer_below(net, l, layer);
    const Pair<double> pair = {at.delta[l], layer.out_stride, layer_input(block, at, l),
                               layer.in_stride};
    joint_weight_gradient(pair, layer.outputs, layer.inputs, samples,
                          g + layer.weights * NetLanes::step);
    if (net.bias)
      joint_bias_gradient(pair.delta, layer.out_stride, layer.outputs, samples,
                          g + layer.bias * NetLanes::step);
    if (l > 1) propagate_back<double, NetLanes>(net, layer, l, block.tiles, at, Derivatives::first);
  }
}

}  // namespace
}  // namespace thalweg::mlp_kernel
