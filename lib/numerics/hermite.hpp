// Cubic Hermite interpolation of a step from the states and derivatives of both ends: exact for
// cubics, error O(h^4) of the interpolation itself.
#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

inline void hermite(double t, double t0, const Vec& x0, const Vec& f0, double t1, const Vec& x1,
                    const Vec& f1, Out x) {
  const double h = t1 - t0, s = (t - t0) / h, r = 1.0 - s;
  x = (r * r * (1.0 + 2.0 * s)) * x0 + (s * s * (1.0 + 2.0 * r)) * x1 + (h * s * r * r) * f0 -
      (h * s * s * r) * f1;
}

}  // namespace thalweg
