// A gradient beside differences of the value, along random directions.
#pragma once
#include <thalweg/core/potential.hpp>

#include <functional>

namespace thalweg {

struct GradientDifference {
  Vec gradient{};
  /// The worst |u . g - dL/du| over the directions u, and the own error of the differences, both
  /// relative to a typical slope |g| / sqrt(dim).
  double difference = 0.0, own_error = 0.0;
};

/// The gradient against differences of `value`, of the potential's own value when that is empty.
[[nodiscard]] GradientDifference gradient_difference(const AnyPotential& potential, In q,
                                                     int directions,
                                                     const std::function<double(In)>& value = {});

}  // namespace thalweg
