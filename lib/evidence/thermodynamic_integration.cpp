#include <thalweg/evidence/thermodynamic_integration.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/numerics/gauss_quadrature.hpp>

namespace thalweg {

ThermodynamicIntegral thermodynamic_integration(const MeanAtInverseTemperature& mean,
                                                Index intervals, double power) {
  if (intervals < 1) throw ConfigError(fmt::format("intervals = {} must be >= 1", intervals));
  ThermodynamicIntegral result;
  result.b = Vec(intervals + 1);
  result.mean = Vec(intervals + 1);
  double lower_variance = 0.0, upper_variance = 0.0;
  const auto node = [&](Index i) {
    return std::pow(static_cast<double>(i) / static_cast<double>(intervals), power);
  };
  for (Index i = 0; i <= intervals; ++i) {
    result.b[i] = node(i);
    const auto at = mean(result.b[i]);
    result.mean[i] = at.mean;
    const auto add = [&](double width, double& sum, double& variance) {
      sum += width * at.mean;
      variance += width * at.standard_error * width * at.standard_error;
    };
    if (i < intervals) add(node(i + 1) - node(i), result.lower, lower_variance);
    if (i > 0) add(node(i) - node(i - 1), result.upper, upper_variance);
  }
  result.trapezoid = 0.5 * (result.lower + result.upper);
  result.lower_error = std::sqrt(lower_variance);
  result.upper_error = std::sqrt(upper_variance);
  return result;
}

double thermodynamic_quadrature(const MeanAtInverseTemperature& mean, Index nodes, double power) {
  if (nodes < 1) throw ConfigError(fmt::format("nodes = {} must be >= 1", nodes));
  const auto rule = gauss_legendre(nodes);
  double sum = 0.0;
  for (Index k = 0; k < nodes; ++k) {
    const double t = rule.nodes[k];
    sum += rule.weights[k] * power * std::pow(t, power - 1.0) * mean(std::pow(t, power)).mean;
  }
  return sum;
}

}  // namespace thalweg
