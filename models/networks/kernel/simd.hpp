// Vector types and elementary functions of the network kernel, for one vector width in bytes
// (THALWEG_KERNEL_VECTOR_BYTES) in double and float, written with GCC vector extensions.
// Everything has internal linkage: this header is compiled once per instruction set, and the
// linker must never be able to exchange the copies.
//
// Range reductions follow Muller, Elementary Functions (3rd ed., 2016), ch. 11; erfc as in
// Shepherd & Laframboise, Math. Comp. 36 (1981) 249. Every function passes NaN on.
#pragma once
#include <cstddef>
#include <cstdint>

#ifndef THALWEG_KERNEL_VECTOR_BYTES
#error "define THALWEG_KERNEL_VECTOR_BYTES before including simd.hpp"
#endif

#define THALWEG_INLINE inline __attribute__((always_inline))

namespace thalweg::mlp_kernel {
namespace {

constexpr std::ptrdiff_t kVectorBytes = THALWEG_KERNEL_VECTOR_BYTES;

template <class T>
struct Coefficients;
#include "coefficients.inc"

template <class T>
struct Simd;

template <>
struct Simd<double> {
  typedef double V __attribute__((vector_size(kVectorBytes), may_alias));
  typedef std::int64_t I __attribute__((vector_size(kVectorBytes), may_alias));
  typedef std::uint64_t U __attribute__((vector_size(kVectorBytes), may_alias));
  typedef double Four __attribute__((vector_size(32), may_alias));
  static constexpr double round_magic = 0x1.8p52;  // x + magic - magic rounds to an integer
  static constexpr double log2_hi = 0x1.62e42fee00000p-1, log2_lo = 0x1.a39ef35793c76p-33;
  static constexpr double exp_lowest = -708;  // below: exp flushes to zero
  static constexpr double tanh_one = 40;      // 2|x| beyond which tanh(x) rounds to 1
  static constexpr int mantissa_bits = 52;
  static constexpr std::int64_t sign_bit = INT64_MIN, one_bits = 0x3ff0000000000000;
  static constexpr std::int64_t magic_bits = 0x4330000000000000;  // 2^52
  static constexpr std::int64_t mantissa_mask = 0x000fffffffffffff;
  static constexpr double magic_offset = 0x1p52 + 1023;
};

template <>
struct Simd<float> {
  typedef float V __attribute__((vector_size(kVectorBytes), may_alias));
  typedef std::int32_t I __attribute__((vector_size(kVectorBytes), may_alias));
  typedef std::uint32_t U __attribute__((vector_size(kVectorBytes), may_alias));
  typedef float Four __attribute__((vector_size(16), may_alias));
  static constexpr float round_magic = 0x1.8p23f;
  static constexpr float log2_hi = 0x1.62e4p-1f, log2_lo = 0x1.7f7d1cp-20f;
  static constexpr float exp_lowest = -87;
  static constexpr float tanh_one = 20;
  static constexpr int mantissa_bits = 23;
  static constexpr std::int32_t sign_bit = INT32_MIN, one_bits = 0x3f800000;
  static constexpr std::int32_t magic_bits = 0x4b000000;  // 2^23
  static constexpr std::int32_t mantissa_mask = 0x007fffff;
  static constexpr float magic_offset = 0x1p23f + 127;
};

template <class T>
using Vec = typename Simd<T>::V;

template <class T>
THALWEG_INLINE Vec<T> load(const T* p) {
  return *reinterpret_cast<const typename Simd<T>::V*>(p);
}

template <class T>
THALWEG_INLINE void store(T* p, Vec<T> v) {
  *reinterpret_cast<typename Simd<T>::V*>(p) = v;
}

template <class T>
THALWEG_INLINE Vec<T> broadcast(T x) {
  return x - Vec<T>{};
}

template <class T>
THALWEG_INLINE typename Simd<T>::I bits(Vec<T> x) {
  return reinterpret_cast<typename Simd<T>::I>(x);
}

template <class T>
THALWEG_INLINE Vec<T> from_bits(typename Simd<T>::I x) {
  return reinterpret_cast<typename Simd<T>::V>(x);
}

template <class T>
THALWEG_INLINE Vec<T> abs(Vec<T> x) {
  return from_bits<T>(bits<T>(x) & ~Simd<T>::sign_bit);
}

template <class T>
THALWEG_INLINE Vec<T> copy_sign(Vec<T> magnitude, Vec<T> sign) {
  return from_bits<T>(bits<T>(magnitude) | (bits<T>(sign) & Simd<T>::sign_bit));
}

// c[0] + c[1] x + ...; even and odd powers apart, so that two chains of multiply-adds run abreast.
template <class T, std::size_t N>
THALWEG_INLINE Vec<T> polynomial(const T (&c)[N], Vec<T> x) {
  constexpr std::size_t last_even = (N - 1) / 2 * 2, last_odd = N / 2 * 2 - 1;
  const Vec<T> xx = x * x;
  Vec<T> even = broadcast<T>(c[last_even]), odd = broadcast<T>(c[last_odd]);
#pragma GCC unroll 32
  for (std::size_t i = last_even; i >= 2; i -= 2) even = even * xx + c[i - 2];
#pragma GCC unroll 32
  for (std::size_t i = last_odd; i >= 3; i -= 2) odd = odd * xx + c[i - 2];
  return odd * x + even;
}

// x = k log 2 + r, |r| <= log(2) / 2: gives 2^k and exp(r) - 1. Valid for exp_lowest <= x <=
// -exp_lowest.
template <class T>
struct ExpParts {
  Vec<T> power, expm1_r;
};

template <class T>
THALWEG_INLINE ExpParts<T> exp_parts(Vec<T> x) {
  using S = Simd<T>;
  const Vec<T> shifted = x * T(1.44269504088896340736) + S::round_magic;
  const Vec<T> k = shifted - S::round_magic;
  const Vec<T> r = (x - k * S::log2_hi) - k * S::log2_lo;
  using U = typename S::U;  // wraps where 2^k is out of range
  const U power = (reinterpret_cast<U>(shifted) << S::mantissa_bits) + S::one_bits;
  return {reinterpret_cast<Vec<T>>(power), r + r * r * polynomial(Coefficients<T>::exp_tail, r)};
}

// exp(x) for x <= 0.
template <class T>
THALWEG_INLINE Vec<T> exp_nonpositive(Vec<T> x) {
  const ExpParts<T> e = exp_parts<T>(x);
  const Vec<T> y = e.power + e.power * e.expm1_r;
  return x < Simd<T>::exp_lowest ? Vec<T>{} : y;
}

template <class T>
THALWEG_INLINE Vec<T> tanh(Vec<T> x) {
  // t = exp(2|x|) - 1; tanh = t / (t + 2) keeps the relative accuracy near zero.
  const Vec<T> twice = abs<T>(x) * T(2);
  const ExpParts<T> e =
      exp_parts<T>(twice > Simd<T>::tanh_one ? broadcast<T>(Simd<T>::tanh_one) : twice);
  const Vec<T> t = e.power * e.expm1_r + (e.power - T(1));
  return copy_sign<T>(t / (t + T(2)), x);
}

// log(1 + u) for 0 <= u <= 1.
template <class T>
THALWEG_INLINE Vec<T> log1p_unit(Vec<T> u) {
  const Vec<T> s = u / (u + T(2)), ss = s * s;
  const Vec<T> twice = s + s;
  return twice + twice * (ss * polynomial(Coefficients<T>::atanh_tail, ss));
}

// log(x) for x normal and positive, infinity and NaN.
template <class T>
THALWEG_INLINE Vec<T> log(Vec<T> x) {
  using S = Simd<T>;
  using I = typename S::I;
  using U = typename S::U;
  const U raised = reinterpret_cast<U>(x) >> S::mantissa_bits;
  Vec<T> k = from_bits<T>(reinterpret_cast<I>(raised) | S::magic_bits) - S::magic_offset;
  Vec<T> m = from_bits<T>((bits<T>(x) & S::mantissa_mask) | S::one_bits);
  const auto large = m > T(1.41421356237309504880);
  m = large ? m * T(0.5) : m;
  k = large ? k + T(1) : k;
  const Vec<T> s = (m - T(1)) / (m + T(1)), ss = s * s, twice = s + s;
  const Vec<T> log_m = twice + twice * (ss * polynomial(Coefficients<T>::atanh_tail, ss));
  const Vec<T> y = k * S::log2_hi + (k * S::log2_lo + log_m);
  return x < T(__builtin_inf()) ? y : x;
}

// erfc(|x|), given exp(-x^2).
template <class T>
THALWEG_INLINE Vec<T> erfc_abs(Vec<T> x, Vec<T> exp_minus_xx) {
  constexpr T centre = Coefficients<T>::erfc_centre;
  // Beyond 100 the exponential is zero already; the bound keeps t finite for infinite x.
  const Vec<T> magnitude = abs<T>(x), ax = magnitude > T(100) ? broadcast<T>(T(100)) : magnitude;
  const Vec<T> a = ax + centre, b = ax + ax + T(1), both = T(1) / (a * b);
  const Vec<T> t = (ax - centre) * (b * both);
  return exp_minus_xx * (a * both) * polynomial(Coefficients<T>::erfc_scaled, t);
}

// An activation's value and, where asked for, its first three derivatives.
template <class T>
struct Jet {
  Vec<T> value, first, second, third;
};

template <class T>
THALWEG_INLINE Jet<T> erf_jet(Vec<T> x) {
  const Vec<T> xx = x * x, e = exp_nonpositive<T>(-xx);
  const Vec<T> tail = copy_sign<T>(T(1) - erfc_abs<T>(x, e), x);
  const Vec<T> near = x * polynomial(Coefficients<T>::erf_ratio, xx);
  const Vec<T> first = T(1.12837916709551257390) * e;  // 2 / sqrt(pi) exp(-x^2)
  const Vec<T> second = first > T(0) ? T(-2) * x * first : first;
  const Vec<T> third = first > T(0) ? (T(4) * xx - T(2)) * first : first;
  return {xx < T(1) ? near : tail, first, second, third};
}

template <class T>
THALWEG_INLINE Jet<T> gelu_jet(Vec<T> x) {
  // x Phi(x); Phi' = phi, phi' = -x phi. phi(x) x is zero, not NaN, at infinity.
  const Vec<T> scaled = x * T(0.70710678118654752440);
  const Vec<T> e = exp_nonpositive<T>(x * x * T(-0.5));
  const Vec<T> half_tail = T(0.5) * erfc_abs<T>(scaled, e);
  const Vec<T> cdf = x > T(0) ? T(1) - half_tail : half_tail;
  const Vec<T> density = T(0.39894228040143267794) * e;
  const Vec<T> x_density = density == T(0) ? Vec<T>{} : x * density;
  const Vec<T> value = cdf == T(0) ? Vec<T>{} : x * cdf;
  const Vec<T> second = density == T(0) ? Vec<T>{} : density * (T(2) - x * x);
  const Vec<T> third = density == T(0) ? Vec<T>{} : x_density * (x * x - T(4));
  return {value, cdf + x_density, second, third};
}

template <class T>
THALWEG_INLINE Jet<T> sigmoid_jet(Vec<T> x) {
  const Vec<T> e = exp_nonpositive<T>(-abs<T>(x)), r = T(1) / (T(1) + e), er = e * r;
  const Vec<T> value = x < T(0) ? er : r, first = er * r;
  const Vec<T> half_second = first * (T(1) - er - er);  // first * |1 - 2 value|
  return {value, first, x < T(0) ? half_second : -half_second, first * (T(1) - T(6) * first)};
}

template <class T>
THALWEG_INLINE Jet<T> softplus_jet(Vec<T> x) {
  const Vec<T> e = exp_nonpositive<T>(-abs<T>(x)), r = T(1) / (T(1) + e), er = e * r;
  const Vec<T> positive = x > T(0) ? x : Vec<T>{};
  const Vec<T> second = er * r, flip = second * (T(1) - er - er);  // second * |1 - 2 first|
  return {positive + log1p_unit<T>(e), x < T(0) ? er : r, second, x < T(0) ? flip : -flip};
}

template <class T>
THALWEG_INLINE Jet<T> tanh_jet(Vec<T> x) {
  const Vec<T> a = tanh<T>(x), first = T(1) - a * a;
  return {a, first, T(-2) * a * first, (T(6) * a * a - T(2)) * first};
}

template <class T>
THALWEG_INLINE Jet<T> relu_jet(Vec<T> x) {
  const Vec<T> one = broadcast<T>(T(1));
  return {x < T(0) ? Vec<T>{} : x, x > T(0) ? one : Vec<T>{}, Vec<T>{}, Vec<T>{}};
}

template <class T>
THALWEG_INLINE Jet<T> identity_jet(Vec<T> x) {
  return {x, broadcast<T>(T(1)), Vec<T>{}, Vec<T>{}};
}

// The sums over the lanes of four vectors, as four neighbouring lanes.
THALWEG_INLINE Simd<double>::Four lane_sums(Simd<double>::V a, Simd<double>::V b, Simd<double>::V c,
                                            Simd<double>::V d) {
#if THALWEG_KERNEL_VECTOR_BYTES == 16
  const auto ab = __builtin_shufflevector(a, b, 0, 2) + __builtin_shufflevector(a, b, 1, 3);
  const auto cd = __builtin_shufflevector(c, d, 0, 2) + __builtin_shufflevector(c, d, 1, 3);
  return __builtin_shufflevector(ab, cd, 0, 1, 2, 3);
#else
#if THALWEG_KERNEL_VECTOR_BYTES == 64
#define THALWEG_FOLD(x) \
  (__builtin_shufflevector(x, x, 0, 1, 2, 3) + __builtin_shufflevector(x, x, 4, 5, 6, 7))
#else
#define THALWEG_FOLD(x) (x)
#endif
  const Simd<double>::Four e = THALWEG_FOLD(a), f = THALWEG_FOLD(b), g = THALWEG_FOLD(c),
                           h = THALWEG_FOLD(d);
  const auto ef =
      __builtin_shufflevector(e, f, 0, 4, 2, 6) + __builtin_shufflevector(e, f, 1, 5, 3, 7);
  const auto gh =
      __builtin_shufflevector(g, h, 0, 4, 2, 6) + __builtin_shufflevector(g, h, 1, 5, 3, 7);
  return __builtin_shufflevector(ef, gh, 0, 1, 4, 5) + __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
#undef THALWEG_FOLD
#endif
}

THALWEG_INLINE Simd<float>::Four lane_sums(Simd<float>::V a, Simd<float>::V b, Simd<float>::V c,
                                           Simd<float>::V d) {
#if THALWEG_KERNEL_VECTOR_BYTES == 16
#define THALWEG_FOLD(x) (x)
#elif THALWEG_KERNEL_VECTOR_BYTES == 32
#define THALWEG_FOLD(x) \
  (__builtin_shufflevector(x, x, 0, 1, 2, 3) + __builtin_shufflevector(x, x, 4, 5, 6, 7))
#else
#define THALWEG_FOLD(x)                                                                      \
  ((__builtin_shufflevector(x, x, 0, 1, 2, 3) + __builtin_shufflevector(x, x, 4, 5, 6, 7)) + \
   (__builtin_shufflevector(x, x, 8, 9, 10, 11) + __builtin_shufflevector(x, x, 12, 13, 14, 15)))
#endif
  const Simd<float>::Four e = THALWEG_FOLD(a), f = THALWEG_FOLD(b), g = THALWEG_FOLD(c),
                          h = THALWEG_FOLD(d);
  const auto ef =
      __builtin_shufflevector(e, f, 0, 4, 1, 5) + __builtin_shufflevector(e, f, 2, 6, 3, 7);
  const auto gh =
      __builtin_shufflevector(g, h, 0, 4, 1, 5) + __builtin_shufflevector(g, h, 2, 6, 3, 7);
  return __builtin_shufflevector(ef, gh, 0, 1, 4, 5) + __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
#undef THALWEG_FOLD
}

}  // namespace
}  // namespace thalweg::mlp_kernel
