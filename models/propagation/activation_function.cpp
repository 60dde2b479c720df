#include <thalweg/models/propagation/activation_function.hpp>

#include <cmath>
#include <numbers>

namespace thalweg {

namespace {

using mlp_kernel::Activation;

double normal_density(double z) {
  return std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
}
double normal_distribution(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }
double logistic(double z) {
  const double e = std::exp(-std::abs(z));
  return (z < 0.0 ? e : 1.0) / (1.0 + e);
}
double erf_slope(double z) { return 2.0 / std::sqrt(std::numbers::pi) * std::exp(-z * z); }

}  // namespace

double ActivationFunction::value(double z) const {
  switch (kind) {
    case Activation::identity:
      return z;
    case Activation::tanh:
      return std::tanh(z);
    case Activation::relu:
      return z > 0.0 ? z : 0.0;
    case Activation::gelu:
      return z * normal_distribution(z);
    case Activation::erf:
      return std::erf(z);
    case Activation::sigmoid:
      return logistic(z);
    case Activation::softplus:
      break;
  }
  return std::log1p(std::exp(-std::abs(z))) + (z > 0.0 ? z : 0.0);
}

double ActivationFunction::first(double z) const {
  switch (kind) {
    case Activation::identity:
      return 1.0;
    case Activation::tanh: {
      const double c = std::cosh(z);  // keeps what 1 - tanh^2 loses
      return 1.0 / (c * c);
    }
    case Activation::relu:
      return z > 0.0 ? 1.0 : 0.0;
    case Activation::gelu:
      return normal_distribution(z) + z * normal_density(z);
    case Activation::erf:
      return erf_slope(z);
    case Activation::sigmoid:
      return logistic(z) * logistic(-z);
    case Activation::softplus:
      break;
  }
  return logistic(z);
}

double ActivationFunction::second(double z) const {
  switch (kind) {
    case Activation::identity:
    case Activation::relu:
      return 0.0;
    case Activation::tanh:
      return -2.0 * std::tanh(z) * first(z);
    case Activation::gelu:
      return (2.0 - z * z) * normal_density(z);
    case Activation::erf:
      return -2.0 * z * erf_slope(z);
    case Activation::sigmoid:
      return logistic(z) * logistic(-z) * (1.0 - 2.0 * logistic(z));
    case Activation::softplus:
      break;
  }
  return logistic(z) * logistic(-z);
}

}  // namespace thalweg
