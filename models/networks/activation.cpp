#include <thalweg/models/networks/activation.hpp>

#include <array>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>
#include <utility>

namespace thalweg {

namespace {

using mlp_kernel::Activation;

constexpr std::array<std::pair<const char*, Activation>, 7> activations{{
    {"tanh", Activation::tanh},
    {"relu", Activation::relu},
    {"gelu", Activation::gelu},
    {"erf", Activation::erf},
    {"sigmoid", Activation::sigmoid},
    {"softplus", Activation::softplus},
    {"identity", Activation::identity},
}};

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& [name, activation] : activations) names.emplace_back(name);
  return names;
}

mlp_kernel::Activation activation_of(const std::string& wanted) {
  for (const auto& [name, activation] : activations)
    if (name == wanted) return activation;
  throw ModelError("unknown activation \"" + wanted + "\"" + name_hint(wanted, activation_names()));
}

std::string activation_name(Activation wanted) {
  for (const auto& [name, activation] : activations)
    if (activation == wanted) return name;
  return "";
}

}  // namespace thalweg
