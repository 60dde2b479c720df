// Derivatives by central differences, extrapolated to step zero (Ridders, "Accurate computation of
// F'(x) and F'(x) F''(x)", 1982), with an error that the method measures itself.
#pragma once
#include <thalweg/core/types.hpp>

#include <functional>

namespace thalweg {

struct Difference {
  Vec value;           ///< f'(0)
  double error = 0.0;  ///< estimated Euclidean error of value; infinite when nothing converged
};

/// f'(0) for f: R -> R^size, from f(+-h), f(+-h/c), f(+-h/c^2), ... with at most 32 evaluations.
/// @param f writes f(s) into its second argument
/// @param h first step, about the length on which f changes; smaller ones are tried from there
Difference difference(const std::function<void(double, Out)>& f, Index size, double h);

}  // namespace thalweg
