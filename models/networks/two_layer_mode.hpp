// One mode of a two-layer linear network in closed form: gradient flow of (s - a b)^2 / 2,
//
//   a' = b (s - a b),   b' = a (s - a b).
//
// a^2 - b^2 = c never changes and x = b/a obeys the Riccati equation x' = s - c x - s x^2, so that
// with M = [-c/2 s; s c/2], mu^2 = s^2 + c^2/4 (Saxe, McClelland and Ganguli 2014 for c = 0)
//
//   (b, a)(t) = k exp(M t) (b0, a0),   1/k^2 = 1 + integral_0^t |exp(M t') (b0, a0)|^2 dt'.
#pragma once
#include <cmath>
#include <utility>

namespace thalweg {

/// (a, b) at time t >= 0. Any signs and sizes; never overflows: growing exponentials are divided
/// out.
inline std::pair<double, double> two_layer_mode(double s, double a0, double b0, double t) {
  const double c = (a0 - b0) * (a0 + b0);
  const double mu = std::hypot(s, 0.5 * c);
  const double norm2 = a0 * a0 + b0 * b0;
  const double form = 2.0 * s * a0 * b0 + 0.5 * c * c;  // (b0, a0) M (b0, a0)
  const double E = std::exp(-2.0 * mu * t);
  // sinh(mu t) exp(-mu t) / mu, whose limit for mu -> 0 is t
  const double sinh_mu = mu > 0.0 ? -std::expm1(-2.0 * mu * t) / (2.0 * mu) : t;
  const double cosh_mu = 0.5 * (1.0 + E);
  const double b = cosh_mu * b0 + sinh_mu * (s * a0 - 0.5 * c * b0);
  const double a = cosh_mu * a0 + sinh_mu * (s * b0 + 0.5 * c * a0);
  const double k = 1.0 / std::sqrt(E + sinh_mu * (norm2 * cosh_mu + form * sinh_mu));
  return {k * a, k * b};
}

}  // namespace thalweg
