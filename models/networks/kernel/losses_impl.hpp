// Activations over arrays and losses over tiles, for the vector width of the including file.
#pragma once
#include "products_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

template <class T, class F>
THALWEG_INLINE void apply(F phi, const T* z, T* value, T* first, T* second, T* third, Index n) {
  if (third)
    for (Index i = 0; i < n; i += kLanes<T>) {
      const Jet<T> jet = phi(load(z + i));
      store(value + i, jet.value);
      store(first + i, jet.first);
      store(second + i, jet.second);
      store(third + i, jet.third);
    }
  else if (second)
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
void activate(Activation activation, const T* z, T* value, T* first, T* second, T* third, Index n) {
  const auto run = [&](auto phi) { apply(phi, z, value, first, second, third, n); };
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

// weight * loss of a vector of samples, features `kTile` numbers apart; where asked for,
// delta = weight * dloss/df, and f is replaced by the probabilities of cross-entropy and logistic
// loss.
template <class T>
THALWEG_INLINE Vec<T> vector_loss(Loss loss, Index outputs, const T* y, const T* weight, T* f,
                                  T* delta, bool keep_probabilities) {
  constexpr Index tile = kTile<T>;
  const Vec<T> w = load(weight);
  Vec<T> sum{};
  if (loss == Loss::mse) {
    for (Index o = 0; o < outputs; ++o) {
      const Vec<T> e = load(f + o * tile) - load(y + o * tile);
      sum += e * e;
      if (delta) store(delta + o * tile, e * w);
    }
    sum *= T(0.5);
  } else if (loss == Loss::cross_entropy) {
    Vec<T> top = load(f), at_label{}, partition{};
    for (Index o = 1; o < outputs; ++o) {
      const Vec<T> x = load(f + o * tile);
      top = x > top ? x : top;
    }
    const Vec<T> label = load(y);
    for (Index o = 0; o < outputs; ++o) {
      const Vec<T> x = load(f + o * tile), p = exp_nonpositive<T>(x - top);
      at_label = label == static_cast<T>(o) ? x - top : at_label;
      partition += p;
      if (delta) store(delta + o * tile, p);
    }
    sum = log<T>(partition) - at_label;
    const Vec<T> inverse = T(1) / partition;
    for (Index o = 0; delta && o < outputs; ++o) {
      const Vec<T> p = load(delta + o * tile) * inverse;
      const Vec<T> one = broadcast<T>(T(1));
      store(delta + o * tile, (p - (label == static_cast<T>(o) ? one : Vec<T>{})) * w);
      if (keep_probabilities) store(f + o * tile, p);
    }
  } else {
    const Vec<T> x = load(f), label = load(y);
    const Jet<T> s = softplus_jet<T>(x);
    // softplus(x) - y x, without cancellation for a large margin.
    sum = softplus_jet<T>(label > T(0) ? -x : x).value;
    if (delta) {
      const Vec<T> miss = softplus_jet<T>(label > T(0) ? -x : x).first;
      store(delta, (label > T(0) ? -miss : miss) * w);
      if (keep_probabilities) store(f, s.first);
    }
  }
  return sum * w;
}

// Sum of weight * loss over a tile.
template <class T>
double tile_loss(Loss loss, Index outputs, const T* y, const T* weight, T* f, T* delta,
                 bool keep_probabilities) {
  constexpr Index lanes = kLanes<T>;
  double total = 0;
  for (Index v = 0; v < kTile<T>; v += lanes) {
    const Vec<T> sum = vector_loss(loss, outputs, y + v, weight + v, f + v,
                                   delta ? delta + v : nullptr, keep_probabilities);
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

// The same along u and v at once: from R_u f, R_v f and R_u R_v f (in rdelta) to R_u R_v delta,
//   w (H_loss R_u R_v f + T_loss[R_u f, R_v f]).
template <class T>
void tile_loss_second_tangent(Loss loss, Index outputs, const T* weight, const T* p, const T* fu,
                              const T* fv, T* rdelta) {
  constexpr Index lanes = kLanes<T>, tile = kTile<T>;
  for (Index v = 0; v < kTileVectors; ++v) {
    T* const r = rdelta + v * lanes;
    const T *const pv = p + v * lanes, *const ru = fu + v * lanes, *const rv = fv + v * lanes;
    const Vec<T> w = load(weight + v * lanes);
    Vec<T> mean{}, mean_u{}, mean_v{}, covariance{};
    if (loss == Loss::cross_entropy) {
      for (Index o = 0; o < outputs; ++o) {
        const Vec<T> po = load(pv + o * tile);
        mean += po * load(r + o * tile);
        mean_u += po * load(ru + o * tile);
        mean_v += po * load(rv + o * tile);
      }
      for (Index o = 0; o < outputs; ++o)
        covariance +=
            load(pv + o * tile) * (load(ru + o * tile) - mean_u) * (load(rv + o * tile) - mean_v);
    }
    for (Index o = 0; o < outputs; ++o) {
      const Vec<T> rf = load(r + o * tile), po = load(pv + o * tile);
      const Vec<T> u = load(ru + o * tile), t = load(rv + o * tile);
      const Vec<T> change = loss == Loss::mse ? rf
                            : loss == Loss::cross_entropy
                                ? po * ((rf - mean) + ((u - mean_u) * (t - mean_v) - covariance))
                                : po * (T(1) - po) * (rf + (T(1) - po - po) * u * t);
      store(r + o * tile, change * w);
    }
  }
}

// delta of the output layer times the change of the sample's own loss, dloss = delta Rf / w: the
// outer product of per-sample gradients. `change` gets the factor dloss of each sample.
template <class T>
void tile_loss_change(Index outputs, const T* weight, const T* delta, const T* rf, T* change) {
  constexpr Index lanes = kLanes<T>, tile = kTile<T>;
  for (Index v = 0; v < kTileVectors; ++v) {
    const Vec<T> w = load(weight + v * lanes);
    Vec<T> sum{};
    for (Index o = 0; o < outputs; ++o)
      sum += load(delta + o * tile + v * lanes) * load(rf + o * tile + v * lanes);
    store(change + v * lanes, w > T(0) ? sum / w : Vec<T>{});  // padding weighs nothing
  }
}

}  // namespace
}  // namespace thalweg::mlp_kernel
