// The kernel's two products, for the vector width of the including file: over the features of a
// layer (z = W a, W^T delta) and over the samples of a block (delta a^T). Vectors run over samples:
// a tile is kTileVectors vectors wide, weights are broadcast from theta as it lies, and (outputs x
// kTileVectors) or (outputs x inputs) sums stay in registers. Long inner dimensions are cut so that
// the operands of a pass stay in the caches.
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
// Features of a tile that a product takes at once, so that its slice lies in the L1 cache; products
// of two terms (tangents) also stream two arrays more.
constexpr Index kInnerFeatures = 26 * 1024 / kTileBytes,
                kInnerFeaturesOfTwo = 20 * 1024 / kTileBytes;
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

// How weights lie: one number for all lanes,
template <class T>
struct SharedWeights {
  static constexpr Index step = 1;
  THALWEG_INLINE static Vec<T> at(const T* w) { return broadcast<T>(*w); }
};

// or, where lanes are networks, one of each.
template <class T>
struct LaneWeights {
  static constexpr Index step = kLanes<T>;
  THALWEG_INLINE static Vec<T> at(const T* w) { return load(w); }
};

// One summand of a layer product: out[o] += sum_k w[o * row + k * column] x[k], x a layer's tiles.
template <class T, class Weights = SharedWeights<T>>
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

template <class Weights, class T, Index N>
THALWEG_INLINE void add_products(Sums<T, N>& sums, const T* w, Index row, Index column, const T* x,
                                 Index features) {
  for (Index k = 0; k < features; ++k) {
    Vec<T> weight[N];
#pragma GCC unroll 8
    for (Index o = 0; o < N; ++o) weight[o] = Weights::at(w + o * row * Weights::step);
#pragma GCC unroll 8
    for (Index i = 0; i < kTileVectors; ++i) {
      const Vec<T> input = load(x + i * kLanes<T>);
#pragma GCC unroll 8
      for (Index o = 0; o < N; ++o) sums.v[o][i] += input * weight[o];
    }
    w += column * Weights::step;
    x += kTile<T>;
  }
}

// A product's sums before the last pass wait in `scratch`; `finish(tile, o, i, sum)` takes them
// after it (i: the vector's place in the tile).
template <class T, class Weights, class Finish>
THALWEG_INLINE void layer_product(const Term<T, Weights>* terms, int n_terms, const T* bias,
                                  Index outputs, Index out_stride, Index tiles, T* scratch,
                                  Finish finish) {
  // A pass takes a slice of every term; with two terms the slices share the L1 cache.
  Index passes = 1;
  for (int t = 0; t < n_terms; ++t)
    passes = max(passes, n_terms == 1 ? ceil_div(terms[t].features, kInnerFeatures)
                                      : ceil_div(2 * terms[t].features, kInnerFeaturesOfTwo));
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
                                     : bias ? Weights::at(bias + (o + r) * Weights::step)
                                            : Vec<T>{};
                  for (int t = 0; t < n_terms; ++t) {
                    const auto& term = terms[t];
                    const Index begin = term.features * pass / passes;
                    const Index end = term.features * (pass + 1) / passes;
                    add_products<Weights>(
                        sums, term.w + (o * term.row + begin * term.column) * Weights::step,
                        term.row, term.column, term.x + tile * term.x_stride + begin * kTile<T>,
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

// The sums as they are, to `out`: one compiled copy for all passes that finish elsewhere.
template <class T, class Weights>
__attribute__((noinline)) void layer_sums(const Term<T, Weights>* terms, int n_terms, const T* bias,
                                          Index outputs, Index out_stride, Index tiles, T* out) {
  layer_product(
      terms, n_terms, bias, outputs, out_stride, tiles,
      out, [=](Index place, Vec<T> sum) __attribute__((always_inline)) {
        store(out + place, sum);
      });
}

// finish(place) for every vector of a layer's tiles.
template <class T, class Finish>
THALWEG_INLINE void for_each_vector(Index outputs, Index stride, Index tiles, Finish finish) {
  for (Index tile = 0; tile < tiles; ++tile)
    for (Index i = 0; i < outputs * kTile<T>; i += kLanes<T>) finish(tile * stride + i);
}

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

}  // namespace
}  // namespace thalweg::mlp_kernel
