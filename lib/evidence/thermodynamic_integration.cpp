#include <thalweg/evidence/thermodynamic_integration.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/numerics/gauss_quadrature.hpp>
#include <vector>

namespace thalweg {

Vec inverse_temperatures(Index intervals, double power) {
  if (intervals < 1) throw ConfigError(fmt::format("intervals = {} must be >= 1", intervals));
  Vec b(intervals + 1);
  for (Index i = 0; i <= intervals; ++i)
    b[i] = std::pow(static_cast<double>(i) / static_cast<double>(intervals), power);
  return b;
}

NodeWeights node_weights(const Vec& b, Index i) {
  NodeWeights w;
  if (i + 1 < b.size()) w.lower = b[i + 1] - b[i];
  if (i > 0) w.upper = b[i] - b[i - 1];
  w.correction = (w.lower * w.lower - w.upper * w.upper) / 12.0;
  return w;
}

ThermodynamicIntegral thermodynamic_sums(const Vec& b, std::span<const MeanLogLikelihood> at) {
  ThermodynamicIntegral result;
  result.b = b;
  result.mean = Vec(b.size());
  double lower = 0.0, upper = 0.0, trapezoid = 0.0, corrected = 0.0, correction = 0.0;
  const auto square = [](double x) { return x * x; };
  for (Index i = 0; i < b.size(); ++i) {
    const auto& node = at[static_cast<std::size_t>(i)];
    const auto w = node_weights(b, i);
    result.mean[i] = node.mean;
    result.lower += w.lower * node.mean;
    result.upper += w.upper * node.mean;
    correction += w.correction * node.variance;
    lower += square(w.lower * node.standard_error);
    upper += square(w.upper * node.standard_error);
    trapezoid += square(w.trapezoid() * node.standard_error);
    corrected += square(node.corrected_error);
  }
  result.trapezoid = 0.5 * (result.lower + result.upper);
  result.corrected = result.trapezoid + correction;
  result.lower_error = std::sqrt(lower);
  result.upper_error = std::sqrt(upper);
  result.trapezoid_error = std::sqrt(trapezoid);
  result.corrected_error = std::sqrt(corrected);
  return result;
}

ThermodynamicIntegral thermodynamic_integration(const MeanAtInverseTemperature& mean,
                                                Index intervals, double power) {
  const Vec b = inverse_temperatures(intervals, power);
  std::vector<MeanLogLikelihood> at;
  for (const double x : b) at.push_back(mean(x));
  return thermodynamic_sums(b, at);
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
