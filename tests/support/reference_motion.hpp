// A plain fixed-step Runge-Kutta 4 and the iteration of a map, so that tests of models do not lean
// on the library's solvers.
#pragma once
#include <thalweg/core/model.hpp>

#include <cmath>

namespace thalweg::test {

/// x(t) of a system; error O((t/steps)^4).
inline Vec integrate(const AnySystem& system, Vec x, double t, int steps) {
  const Index n = x.size();
  const double h = t / steps;
  Vec k1(n), k2(n), k3(n), k4(n), y(n);
  for (int i = 0; i < steps; ++i) {
    const double s = i * h;
    system.rhs(x, k1, s);
    y = x + 0.5 * h * k1;
    system.rhs(y, k2, s + 0.5 * h);
    y = x + 0.5 * h * k2;
    system.rhs(y, k3, s + 0.5 * h);
    y = x + h * k3;
    system.rhs(y, k4, s + h);
    x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
  }
  return x;
}

/// x_n of a map from x_0.
inline Vec iterate(const AnyMap& map, Vec x, Index n) {
  Vec next(x.size());
  for (Index i = 0; i < n; ++i) {
    map.apply(x, next, i);
    x = next;
  }
  return x;
}

}  // namespace thalweg::test
