// The activation functions of a network, by name:
//   tanh, relu = max(z, 0), gelu = z Phi(z) with the normal distribution function Phi (exact, not
//   its tanh fit), erf(z), sigmoid = 1/(1 + exp(-z)), softplus = log(1 + exp z), identity.
#pragma once
#include <thalweg/models/networks/kernel/mlp_kernel.hpp>

#include <string>
#include <vector>

namespace thalweg {

std::vector<std::string> activation_names();
/// @throws ModelError when there is no such activation.
mlp_kernel::Activation activation_of(const std::string& name);
std::string activation_name(mlp_kernel::Activation activation);

}  // namespace thalweg
