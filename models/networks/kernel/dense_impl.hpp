// Dense layers on few samples, for the vector width of the including file. Sums of a block of
// (vectors x columns) stay in registers; each number is summed in one order whatever the block, so
// a sample's result does not depend on its neighbours.
#pragma once
#include "products_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

// One block: V vectors of the long side of J columns, Z(:, j) = bias + sum_i A(:, i) x(i, j) with
// x(i, j) = x[i * inner + j * outer].
template <Index V, Index J>
THALWEG_INLINE void combine_block(Index rows, Index k, const double* A, const double* bias,
                                  const double* x, Index inner, Index outer, double* z, bool add) {
  constexpr Index lanes = kLanes<double>;
  Vec<double> sum[J][V];
#pragma GCC unroll 8
  for (Index j = 0; j < J; ++j)
#pragma GCC unroll 8
    for (Index v = 0; v < V; ++v)
      sum[j][v] = add    ? load(z + j * rows + v * lanes)
                  : bias ? load(bias + v * lanes)
                         : Vec<double>{};
  for (Index i = 0; i < k; ++i) {
    Vec<double> a[V];
#pragma GCC unroll 8
    for (Index v = 0; v < V; ++v) a[v] = load(A + i * rows + v * lanes);
#pragma GCC unroll 8
    for (Index j = 0; j < J; ++j) {
      const Vec<double> s = broadcast<double>(x[i * inner + j * outer]);
#pragma GCC unroll 8
      for (Index v = 0; v < V; ++v) sum[j][v] += a[v] * s;
    }
  }
#pragma GCC unroll 8
  for (Index j = 0; j < J; ++j)
#pragma GCC unroll 8
    for (Index v = 0; v < V; ++v) store(z + j * rows + v * lanes, sum[j][v]);
}

template <Index V>
THALWEG_INLINE void combine_vectors(Index at, Index rows, Index k, Index n, const double* A,
                                    const double* bias, const double* x, Index inner, Index outer,
                                    double* z, bool add) {
  const double* const b = bias ? bias + at : nullptr;
  Index j = 0;
  const auto block = [&]<Index J>() __attribute__((always_inline)) {
    for (; j + J <= n; j += J)
      combine_block<V, J>(rows, k, A + at, b, x + j * outer, inner, outer, z + j * rows + at, add);
  };
  block.template operator()<4>();
  block.template operator()<2>();
  block.template operator()<1>();
}

THALWEG_INLINE void combine_all(Index rows, Index k, Index n, const double* A, const double* bias,
                                const double* x, Index inner, Index outer, double* z, bool add) {
  constexpr Index lanes = kLanes<double>;
  Index at = 0;
  for (; at + 2 * lanes <= rows; at += 2 * lanes)
    combine_vectors<2>(at, rows, k, n, A, bias, x, inner, outer, z, add);
  for (; at < rows; at += lanes)
    combine_vectors<1>(at, rows, k, n, A, bias, x, inner, outer, z, add);
}

inline void dense_combine(Index rows, Index k, Index n, const double* W, const double* bias,
                          const double* x, Index stride, double* z, bool add) {
  combine_all(rows, k, n, W, bias, x, 1, stride, z, add);
}

// The same with the samples as what is summed over.
inline void dense_outer(Index rows, Index k, Index n, const double* z, const double* x,
                        Index stride, double* G, bool add) {
  combine_all(rows, n, k, z, nullptr, x, stride, 1, G, add);
}

// The dot products of one column of W with up to four of X, or of up to four with one.
template <Index I, Index J>
THALWEG_INLINE auto dots_block(Index rows, const double* W, const double* x) {
  constexpr Index lanes = kLanes<double>;
  static_assert(I == 1 || J == 1);
  Vec<double> sum[4] = {};
  for (Index v = 0; v < rows; v += lanes) {
    if constexpr (I == 1) {
      const Vec<double> w = load(W + v);
#pragma GCC unroll 4
      for (Index j = 0; j < J; ++j) sum[j] += w * load(x + j * rows + v);
    } else {
      const Vec<double> s = load(x + v);
#pragma GCC unroll 4
      for (Index i = 0; i < I; ++i) sum[i] += load(W + i * rows + v) * s;
    }
  }
  return lane_sums(sum[0], sum[1], sum[2], sum[3]);
}

inline void dense_dots(Index rows, Index k, Index n, const double* W, const double* bias,
                       const double* x, double* y, Index stride, bool add) {
  const auto put = [&](Index i, Index j, double sum) __attribute__((always_inline)) {
    double& out = y[j * stride + i];
    out = (add ? out : bias ? bias[i] : 0.0) + sum;
  };
  Index j = 0;
  for (; j + 4 <= n; j += 4)
    for (Index i = 0; i < k; ++i) {
      const auto sums = dots_block<1, 4>(rows, W + i * rows, x + j * rows);
#pragma GCC unroll 4
      for (Index l = 0; l < 4; ++l) put(i, j + l, sums[l]);
    }
  for (; j < n; ++j) {
    Index i = 0;
    for (; i + 4 <= k; i += 4) {
      const auto sums = dots_block<4, 1>(rows, W + i * rows, x + j * rows);
#pragma GCC unroll 4
      for (Index l = 0; l < 4; ++l) put(i + l, j, sums[l]);
    }
    for (; i + 2 <= k; i += 2) {
      const auto sums = dots_block<2, 1>(rows, W + i * rows, x + j * rows);
      put(i, j, sums[0]);
      put(i + 1, j, sums[1]);
    }
    for (; i < k; ++i) put(i, j, dots_block<1, 1>(rows, W + i * rows, x + j * rows)[0]);
  }
  for (j = 0; j < n; ++j)
    for (Index i = k; i < stride; ++i) y[j * stride + i] = 0.0;
}

inline void dense_multiply(Index n, const double* a, const double* b, double* out) {
  for (Index i = 0; i < n; i += kLanes<double>) store(out + i, load(a + i) * load(b + i));
}

inline void dense_multiply_add(Index n, const double* a, const double* b, const double* c,
                               const double* d, const double* e, double* out) {
  for (Index i = 0; i < n; i += kLanes<double>)
    store(out + i, load(a + i) * load(b + i) + load(c + i) * load(d + i) * load(e + i));
}

}  // namespace
}  // namespace thalweg::mlp_kernel
