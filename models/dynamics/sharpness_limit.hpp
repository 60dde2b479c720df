// The quantity "sharpness_limit" of descent maps: the sharpness above which the iteration on a
// quadratic grows.
#pragma once
#include <thalweg/core/observable.hpp>

namespace thalweg {

inline Observable sharpness_limit_observable(double limit) {
  Variable v{.name = "sharpness_limit", .long_name = "sharpness limit of stable descent"};
  v.comment = "constant along a run";
  return {std::move(v), [limit](In, double, Out out) { out[0] = limit; }};
}

}  // namespace thalweg
