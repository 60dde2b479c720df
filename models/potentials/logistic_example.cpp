#include <thalweg/models/potentials/logistic_example.hpp>

#include <boost/math/special_functions/lambert_w.hpp>
#include <cmath>

namespace thalweg {

namespace {

// 1 / (1 + e^u) without overflow.
double falling_sigmoid(double u) {
  if (u > 0.0) {
    const double e = std::exp(-u);
    return e / (1.0 + e);
  }
  return 1.0 / (1.0 + std::exp(u));
}

}  // namespace

Doc LogisticExample::doc() {
  return {.summary = "logistic loss of one example",
          .equation = "L(q) = ln(1 + exp(-a q))",
          .source = "Corless, Gonnet, Hare, Jeffrey and Knuth, On the Lambert W function, 1996",
          .notes =
              "gradient flow in closed form: q(t) = (c - W_0(e^c))/a, "
              "c = a^2 t + a q0 + exp(a q0)"};
}

double LogisticExample::value(In q) const {
  const double u = a * q[0];
  return u > 0.0 ? std::log1p(std::exp(-u)) : std::log1p(std::exp(u)) - u;
}

void LogisticExample::gradient(In q, Out g) const { g[0] = -a * falling_sigmoid(a * q[0]); }

void LogisticExample::hvp(In q, In v, Out Hv) const {
  const double s = falling_sigmoid(a * q[0]), r = falling_sigmoid(-a * q[0]);
  Hv[0] = a * a * s * r * v[0];
}

void LogisticExample::third(In q, In u, In v, Out Tuv) const {
  const double s = falling_sigmoid(a * q[0]), r = falling_sigmoid(-a * q[0]);
  Tuv[0] = a * a * a * s * r * (s - r) * u[0] * v[0];
}

double lambert_logistic(double c) {
  // ln W_0(e^c) is the root itself and keeps its digits when W is large, c - W when it is small.
  if (c < 1.0) return c - boost::math::lambert_w0(std::exp(c));
  if (c < 700.0) return std::log(boost::math::lambert_w0(std::exp(c)));
  double w = c - std::log(c);  // Newton on w + ln w = c, quadratic from a start good to ln(c)/c
  for (int i = 0; i < 3; ++i) w -= (w + std::log(w) - c) / (1.0 + 1.0 / w);
  return std::log(w);
}

bool LogisticExample::exact_flow(In q0, double t, Out q) const {
  if (a == 0.0) {
    q = q0;
    return true;
  }
  const double u0 = a * q0[0];
  // Beyond 700 e^u0 overflows; there u is lost beside e^u and e^u = e^u0 + a^2 t.
  const double u = u0 < 700.0 ? lambert_logistic(a * a * t + u0 + std::exp(u0))
                              : u0 + std::log1p(a * a * t * std::exp(-u0));
  q[0] = u / a;
  return true;
}

}  // namespace thalweg
