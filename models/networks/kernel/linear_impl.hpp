// Sums over samples that are functions of one linear predictor, and products with a symmetric
// matrix, for the vector width of the including file.
#pragma once
#include "products_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

// Samples as tiles [tile][feature][sample] of x times the sign of its class; `sums` holds
// `features` vectors. g = -sum_s w_s sigma(-z_s) x_s, z = x . q; returns sum_s w_s log(1 +
// exp(-z_s)).
inline double logistic_sum(Index tiles, Index features, const double* x, const double* weight,
                           const double* q, double* sums, double* g) {
  using V = Vec<double>;
  constexpr Index lanes = kLanes<double>, tile = kTile<double>;
  for (Index j = 0; j < features; ++j) store(sums + j * lanes, V{});
  V total{};
  for (Index t = 0; t < tiles; ++t, x += features * tile, weight += tile) {
    V z[kTileVectors] = {}, slope[kTileVectors];
    for (Index j = 0; j < features; ++j)
#pragma GCC unroll 4
      for (Index v = 0; v < kTileVectors; ++v) z[v] += load(x + j * tile + v * lanes) * q[j];
#pragma GCC unroll 4
    for (Index v = 0; v < kTileVectors; ++v) {
      const Jet<double> jet = softplus_jet<double>(-z[v]);
      const V w = load(weight + v * lanes);
      total += w * jet.value;
      slope[v] = -(w * jet.first);
    }
    for (Index j = 0; j < features; ++j) {
      V sum = load(sums + j * lanes);
#pragma GCC unroll 4
      for (Index v = 0; v < kTileVectors; ++v) sum += load(x + j * tile + v * lanes) * slope[v];
      store(sums + j * lanes, sum);
    }
  }
  for (Index j = 0; j < features; ++j) {
    const V sum = load(sums + j * lanes);
    g[j] = 0.0;
    for (Index l = 0; l < lanes; ++l) g[j] += sum[l];
  }
  double value = 0.0;
  for (Index l = 0; l < lanes; ++l) value += total[l];
  return value;
}

// y = A x for columns of A `stride` numbers apart, with rows padded to whole vectors.
// Rows in blocks of 4 vectors, whose sums stay in registers.
inline void matrix_vector(Index rows, Index columns, const double* A, Index stride, const double* x,
                          double* y) {
  using V = Vec<double>;
  constexpr Index lanes = kLanes<double>;
  Index i = 0;
  for (; i + 4 * lanes <= rows; i += 4 * lanes) {
    V sum[4] = {};
    for (Index j = 0; j < columns; ++j)
#pragma GCC unroll 4
      for (Index v = 0; v < 4; ++v) sum[v] += load(A + j * stride + i + v * lanes) * x[j];
#pragma GCC unroll 4
    for (Index v = 0; v < 4; ++v) store(y + i + v * lanes, sum[v]);
  }
  for (; i < rows; i += lanes) {
    V even{}, odd{};
    Index j = 0;
    for (; j + 1 < columns; j += 2) {
      even += load(A + j * stride + i) * x[j];
      odd += load(A + (j + 1) * stride + i) * x[j + 1];
    }
    if (j < columns) even += load(A + j * stride + i) * x[j];
    store(y + i, even + odd);
  }
}

}  // namespace
}  // namespace thalweg::mlp_kernel
