// Directional derivatives of functions that have none of their own.
#pragma once
#include <thalweg/core/scratch.hpp>
#include <thalweg/core/types.hpp>

#include <array>
#include <utility>

namespace thalweg {

/// Jv = (8 (f(x + s v) - f(x - s v)) - (f(x + 2 s v) - f(x - 2 s v))) / (12 s), f'(x) v with an
/// error of O(s^4); s = distance (1 + |x|) / |v| in largest entries. 1e-3 is where that error meets
/// the rounding of f, about eps^(1/5).
/// @param f writes f(x) into its second argument, both of the size of x
template <class F>
void central_difference(F&& f, In x, In v, Out Jv, double distance = 1e-3) {
  const double size = v.lpNorm<Eigen::Infinity>();
  if (!(size > 0.0)) {
    Jv = v;  // zero, or NaN passed on
    return;
  }
  const double s = distance * (1.0 + x.lpNorm<Eigen::Infinity>()) / size;
  const Scratch moved(x.size()), value(x.size()), sum(x.size());
  sum->setZero();
  constexpr std::array<std::pair<double, double>, 4> points{
      {{1.0, 8.0}, {-1.0, -8.0}, {2.0, -1.0}, {-2.0, 1.0}}};
  for (const auto& [steps, weight] : points) {
    *moved = x + (steps * s) * v;
    f(*moved, *value);
    *sum += (weight / (12.0 * s)) * *value;
  }
  Jv = *sum;
}

}  // namespace thalweg
