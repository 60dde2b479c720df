// Full-batch gradient descent of many small networks at once, for the vector width of the including
// file: lane l of every vector belongs to network l, so that no operation mixes networks and the
// bits of one depend neither on its lane nor on its neighbours. Samples are taken in tiles that
// stay in the L1 cache; (samples x units) and (inputs x units) sums stay in registers.
#pragma once
#include "products_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

constexpr Index kNetLanes = kLanes<double>;
constexpr Index kNetSamples = 16;  // of a tile
constexpr Index kNetUnits = 4;     // of a register block; its other side is 4, or 2 of 16 registers
constexpr Index kNetRows = kVectorBytes == 64 ? 4 : 2;

using NetVec = Vec<double>;

template <Activation A>
THALWEG_INLINE NetVec activated(NetVec z) {
  if constexpr (A == Activation::tanh) return tanh<double>(z);
  if constexpr (A == Activation::relu) return z < 0.0 ? NetVec{} : z;
  return z;
}

// phi' times e, from the value a of phi.
template <Activation A>
THALWEG_INLINE NetVec times_slope(NetVec a, NetVec e) {
  if constexpr (A == Activation::tanh) return e - e * (a * a);
  if constexpr (A == Activation::relu) return a > 0.0 ? e : a * e * 0.0;  // NaN stays NaN
  return e;
}

// out[r][u] (+)= sum_k scalar[r][k] vector[k][u] for R rows and U units; scalars `row` numbers
// apart in r and `step` in k, vectors and results `width` vectors apart in k and r.
template <Index R, Index U, bool Add>
THALWEG_INLINE void net_block(Index terms, const double* scalar, Index row, Index step,
                              const double* vector, double* out, Index width) {
  NetVec sum[R][U];
#pragma GCC unroll 4
  for (Index r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (Index u = 0; u < U; ++u)
      sum[r][u] = Add ? load(out + (r * width + u) * kNetLanes) : NetVec{};
  for (Index k = 0; k < terms; ++k, vector += width * kNetLanes) {
    NetVec v[U];
#pragma GCC unroll 4
    for (Index u = 0; u < U; ++u) v[u] = load(vector + u * kNetLanes);
#pragma GCC unroll 4
    for (Index r = 0; r < R; ++r) {
      const double x = scalar[r * row + k * step];
#pragma GCC unroll 4
      for (Index u = 0; u < U; ++u) sum[r][u] += x * v[u];
    }
  }
#pragma GCC unroll 4
  for (Index r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (Index u = 0; u < U; ++u) store(out + (r * width + u) * kNetLanes, sum[r][u]);
}

template <Index R, bool Add>
THALWEG_INLINE void net_rows(Index terms, const double* scalar, Index row, Index step,
                             const double* vectors, double* out, Index width) {
  Index u = 0;
  for (; u + kNetUnits <= width; u += kNetUnits)
    net_block<R, kNetUnits, Add>(terms, scalar, row, step, vectors + u * kNetLanes,
                                 out + u * kNetLanes, width);
  for (; u < width; ++u)
    net_block<R, 1, Add>(terms, scalar, row, step, vectors + u * kNetLanes, out + u * kNetLanes,
                         width);
}

template <bool Add>
inline void net_product(Index rows, Index terms, const double* scalar, Index row, Index step,
                        const double* vectors, double* out, Index width) {
  Index r = 0;
  for (; r + kNetRows <= rows; r += kNetRows)
    net_rows<kNetRows, Add>(terms, scalar + r * row, row, step, vectors,
                            out + r * width * kNetLanes, width);
  for (; r < rows; ++r)
    net_rows<1, Add>(terms, scalar + r * row, row, step, vectors, out + r * width * kNetLanes,
                     width);
}

// Sum of r^2 over a tile; turns its activations a into r w_j phi'(z_j) and adds r a_j to g.
template <Activation A>
THALWEG_INLINE NetVec net_residuals(Index samples, Index width, const double* y, double scale,
                                    const double* w, double* a, double* g) {
  NetVec total{};
  for (Index s = 0; s < samples; ++s, a += width * kNetLanes) {
    NetVec f{};
    for (Index j = 0; j < width; ++j) f += load(a + j * kNetLanes) * load(w + j * kNetLanes);
    const NetVec r = f * scale - y[s];
    total += r * r;
    for (Index j = 0; j < width; ++j) {
      const NetVec value = load(a + j * kNetLanes);
      store(g + j * kNetLanes, load(g + j * kNetLanes) + r * value);
      store(a + j * kNetLanes, times_slope<A>(value, r * load(w + j * kNetLanes)));
    }
  }
  return total;
}

template <Activation A>
inline void net_descend(const ManyNetworks& n, Index steps, double* losses) {
  const Index parameters = n.inputs * n.width;
  double* const G = n.work;
  double* const g = G + parameters * kNetLanes;
  double* const a = g + n.width * kNetLanes;
  for (Index t = 0; t < steps; ++t) {
    for (Index p = 0; p < parameters + n.width; ++p) store(G + p * kNetLanes, NetVec{});
    NetVec loss{};
    for (Index s = 0; s < n.samples; s += kNetSamples) {
      const Index m = min(kNetSamples, n.samples - s);
      const double* const x = n.x + s * n.inputs;
      net_product<false>(m, n.inputs, x, n.inputs, 1, n.W, a, n.width);
      if constexpr (A != Activation::identity)
        for (Index k = 0; k < m * n.width; ++k)
          store(a + k * kNetLanes, activated<A>(load(a + k * kNetLanes)));
      loss += net_residuals<A>(m, n.width, n.y + s, n.output_scale, n.w, a, g);
      net_product<true>(n.inputs, m, x, 1, n.inputs, a, G, n.width);
    }
    store(losses + t * kNetLanes, loss / static_cast<double>(n.samples));
    const NetVec rate_W = load(n.rate_W), rate_w = load(n.rate_w);
    for (Index p = 0; p < parameters; ++p)
      store(n.W + p * kNetLanes, load(n.W + p * kNetLanes) - rate_W * load(G + p * kNetLanes));
    for (Index j = 0; j < n.width; ++j)
      store(n.w + j * kNetLanes, load(n.w + j * kNetLanes) - rate_w * load(g + j * kNetLanes));
  }
}

inline void descend(const ManyNetworks& n, Index steps, double* losses) {
  switch (n.activation) {
    case Activation::tanh:
      return net_descend<Activation::tanh>(n, steps, losses);
    case Activation::relu:
      return net_descend<Activation::relu>(n, steps, losses);
    default:
      return net_descend<Activation::identity>(n, steps, losses);
  }
}

}  // namespace
}  // namespace thalweg::mlp_kernel
