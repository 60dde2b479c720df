// The activations of a network at single numbers, with two derivatives: what the mean-field theory
// integrates and random networks apply.
#pragma once
#include <thalweg/models/networks/kernel/mlp_kernel.hpp>

namespace thalweg {

/// phi with phi' and phi''. At the kink of relu phi'(0) = phi''(0) = 0.
struct ActivationFunction {
  mlp_kernel::Activation kind = mlp_kernel::Activation::tanh;

  [[nodiscard]] double value(double z) const;
  [[nodiscard]] double first(double z) const;
  [[nodiscard]] double second(double z) const;
};

}  // namespace thalweg
