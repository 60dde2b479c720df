// Rosenbrock's valley with tanh terms, L = sum_i (1 - x_i)^2 + b (x_{i+1} - x_i^2)^2
// + c tanh(x_i x_{i+1}), once as a value only and once with derivatives by hand: a check of
// automatic differentiation against calculus.
#pragma once
#include <thalweg/models/automatic_derivatives.hpp>

#include <cmath>

namespace thalweg::test {

struct TanhValley {
  Index n = 50;
  double b = 100.0, c = 1.0;

  [[nodiscard]] Index dim() const { return n; }
  template <class S>
  [[nodiscard]] S value(const VectorOf<S>& x) const {
    using std::tanh;
    S L = 0.0;
    for (Index i = 0; i + 1 < n; ++i) {
      const S d = 1.0 - x[i], r = x[i + 1] - x[i] * x[i];
      L += d * d + b * r * r + c * tanh(x[i] * x[i + 1]);
    }
    return L;
  }
};

struct TanhValleyByHand {
  Index n = 50;
  double b = 100.0, c = 1.0;

  [[nodiscard]] Index dim() const { return n; }
  [[nodiscard]] double value(In x) const { return TanhValley{n, b, c}.value<double>(x); }
  void gradient(In x, Out g) const {
    g.setZero();
    for (Index i = 0; i + 1 < n; ++i) {
      const double r = x[i + 1] - x[i] * x[i], T = std::tanh(x[i] * x[i + 1]),
                   s = c * (1.0 - T * T);
      g[i] += -2.0 * (1.0 - x[i]) - 4.0 * b * x[i] * r + s * x[i + 1];
      g[i + 1] += 2.0 * b * r + s * x[i];
    }
  }
  void hvp(In x, In v, Out Hv) const {
    Hv.setZero();
    for (Index i = 0; i + 1 < n; ++i) {
      const double p = x[i] * x[i + 1], T = std::tanh(p), s = c * (1.0 - T * T), ss = -2.0 * T * s;
      const double mixed = -4.0 * b * x[i] + s + ss * p;
      Hv[i] += (2.0 + b * (12.0 * x[i] * x[i] - 4.0 * x[i + 1]) + ss * x[i + 1] * x[i + 1]) * v[i] +
               mixed * v[i + 1];
      Hv[i + 1] += (2.0 * b + ss * x[i] * x[i]) * v[i + 1] + mixed * v[i];
    }
  }
};

}  // namespace thalweg::test
