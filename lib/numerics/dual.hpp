// Forward-mode automatic differentiation: a number with N directional derivatives, a + sum_k b_k
// e_k with e_j e_k = 0. Dual<Dual<double, N>, 1> carries second derivatives. A plain value type:
// unlike the expressions of Eigen's AutoDiffScalar it nests, takes `S sum = 0.0` and is safe with
// `auto`.
#pragma once
#include <Eigen/Core>

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace thalweg {

template <class T, int N>
struct Dual {
  T value;
  std::array<T, N> slope;  ///< derivatives along the N directions

  Dual(double x = 0.0) : value(x) { slope.fill(T(0.0)); }  // NOLINT: a constant is a dual

  /// f(x) from its value and derivative at x.value.
  static Dual chain(const Dual& x, const T& f, const T& df) {
    Dual y(no_slope, f);
    for (std::size_t k = 0; k < N; ++k) y.slope[k] = df * x.slope[k];
    return y;
  }
  /// f(x, y) from its value and partial derivatives.
  static Dual chain(const Dual& x, const Dual& y, const T& f, const T& df_dx, const T& df_dy) {
    Dual z(no_slope, f);
    for (std::size_t k = 0; k < N; ++k) z.slope[k] = df_dx * x.slope[k] + df_dy * y.slope[k];
    return z;
  }

  Dual operator-() const { return chain(*this, -value, T(-1.0)); }
  Dual& operator+=(const Dual& x) { return *this = *this + x; }
  Dual& operator-=(const Dual& x) { return *this = *this - x; }
  Dual& operator*=(const Dual& x) { return *this = *this * x; }
  Dual& operator/=(const Dual& x) { return *this = *this / x; }

  friend Dual operator+(const Dual& x, const Dual& y) {
    Dual z(no_slope, x.value + y.value);
    for (std::size_t k = 0; k < N; ++k) z.slope[k] = x.slope[k] + y.slope[k];
    return z;
  }
  friend Dual operator-(const Dual& x, const Dual& y) {
    Dual z(no_slope, x.value - y.value);
    for (std::size_t k = 0; k < N; ++k) z.slope[k] = x.slope[k] - y.slope[k];
    return z;
  }
  friend Dual operator*(const Dual& x, const Dual& y) {
    return chain(x, y, x.value * y.value, y.value, x.value);
  }
  friend Dual operator/(const Dual& x, const Dual& y) {
    const T inverse = 1.0 / y.value, quotient = x.value * inverse;
    return chain(x, y, quotient, inverse, -quotient * inverse);
  }
  // Branches look at the value alone.
  friend bool operator==(const Dual& x, const Dual& y) { return x.value == y.value; }
  friend auto operator<=>(const Dual& x, const Dual& y) { return x.value <=> y.value; }

  friend Dual abs(const Dual& x) { return x < 0.0 ? -x : x; }
  friend Dual sqrt(const Dual& x) {
    using std::sqrt;
    const T root = sqrt(x.value);
    return chain(x, root, 0.5 / root);
  }
  friend Dual exp(const Dual& x) {
    using std::exp;
    const T e = exp(x.value);
    return chain(x, e, e);
  }
  friend Dual expm1(const Dual& x) {
    using std::exp, std::expm1;
    return chain(x, expm1(x.value), exp(x.value));
  }
  friend Dual log(const Dual& x) {
    using std::log;
    return chain(x, log(x.value), 1.0 / x.value);
  }
  friend Dual log1p(const Dual& x) {
    using std::log1p;
    return chain(x, log1p(x.value), 1.0 / (1.0 + x.value));
  }
  friend Dual pow(const Dual& x, double p) {
    using std::pow;
    if (p == 0.0) return {1.0};
    return chain(x, pow(x.value, p), p * pow(x.value, p - 1.0));
  }
  friend Dual pow(const Dual& x, const Dual& y) { return exp(y * log(x)); }
  friend Dual sin(const Dual& x) {
    using std::cos, std::sin;
    return chain(x, sin(x.value), cos(x.value));
  }
  friend Dual cos(const Dual& x) {
    using std::cos, std::sin;
    return chain(x, cos(x.value), -sin(x.value));
  }
  friend Dual tan(const Dual& x) {
    using std::tan;
    const T t = tan(x.value);
    return chain(x, t, 1.0 + t * t);
  }
  friend Dual asin(const Dual& x) {
    using std::asin, std::sqrt;
    return chain(x, asin(x.value), 1.0 / sqrt(1.0 - x.value * x.value));
  }
  friend Dual acos(const Dual& x) {
    using std::acos, std::sqrt;
    return chain(x, acos(x.value), -1.0 / sqrt(1.0 - x.value * x.value));
  }
  friend Dual atan(const Dual& x) {
    using std::atan;
    return chain(x, atan(x.value), 1.0 / (1.0 + x.value * x.value));
  }
  friend Dual atan2(const Dual& y, const Dual& x) {
    using std::atan2;
    const T r2 = x.value * x.value + y.value * y.value;
    return chain(y, x, atan2(y.value, x.value), x.value / r2, -y.value / r2);
  }
  friend Dual sinh(const Dual& x) {
    using std::cosh, std::sinh;
    return chain(x, sinh(x.value), cosh(x.value));
  }
  friend Dual cosh(const Dual& x) {
    using std::cosh, std::sinh;
    return chain(x, cosh(x.value), sinh(x.value));
  }
  friend Dual tanh(const Dual& x) {
    using std::tanh;
    const T t = tanh(x.value);
    return chain(x, t, 1.0 - t * t);
  }
  friend Dual erf(const Dual& x) {
    using std::erf, std::exp;
    return chain(x, erf(x.value), 2.0 * std::numbers::inv_sqrtpi * exp(-(x.value * x.value)));
  }

 private:
  static constexpr struct NoSlope {
  } no_slope{};
  Dual(NoSlope, const T& f) : value(f) {}  // slope is filled next
};

/// 1 / (1 + e^-x), without overflow, for numbers and duals.
template <class S>
S sigmoid(const S& x) {
  using std::exp;
  if (x < 0.0) {
    const S e = exp(x);
    return e / (1.0 + e);
  }
  return 1.0 / (1.0 + exp(-x));
}

/// ln(1 + e^x), without overflow, for numbers and duals.
template <class S>
S softplus(const S& x) {
  using std::exp, std::log1p;
  if (x < 0.0) return log1p(exp(x));
  return x + log1p(exp(-x));
}

}  // namespace thalweg

// Lets duals be entries of Eigen's vectors, with sum(), dot(), segments and the rest.
template <class T, int N>
struct Eigen::NumTraits<thalweg::Dual<T, N>> : Eigen::NumTraits<double> {
  using Real = thalweg::Dual<T, N>;
  using NonInteger = Real;
  using Nested = Real;
  using Literal = Real;
  enum { RequireInitialization = 1, ReadCost = N, AddCost = N, MulCost = 3 * N };
};
