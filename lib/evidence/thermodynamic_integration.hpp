// ln Z as an integral over the inverse temperature of the likelihood,
//
//   ln Z = integral over b in [0, 1] of <ln p(D | q)>_b,   the mean over prior x likelihood^b
//
// (Gelman and Meng, Simulating normalizing constants, 1998). The mean rises with b: its slope is
// the variance of ln p(D | q). With this slope at the nodes the trapezoids are corrected at their
// ends (Friel, Hurn and Wyse, Improving power posterior estimation of statistical evidence, 2014).
#pragma once
#include <thalweg/core/types.hpp>

#include <functional>
#include <limits>
#include <span>

namespace thalweg {

/// <ln p(D | q)>_b with the standard error of its estimate, 0 when it is exact.
struct MeanLogLikelihood {
  double mean = 0.0, standard_error = 0.0;
  double variance = std::numeric_limits<double>::quiet_NaN();  ///< of ln p(D | q); NaN: not known
  /// Standard error of (upper + lower)/2 mean + correction variance, with the weights of this node.
  double corrected_error = std::numeric_limits<double>::quiet_NaN();
};
using MeanAtInverseTemperature = std::function<MeanLogLikelihood(double b)>;

struct ThermodynamicIntegral {
  Vec b;                   ///< nodes (i/K)^power, i = 0..K
  Vec mean;                ///< of ln p(D | q) there
  double lower = 0.0;      ///< left Riemann sum <= ln Z, when the means are exact
  double upper = 0.0;      ///< right Riemann sum >= ln Z
  double trapezoid = 0.0;  ///< their mean, an error O(width^2) of the intervals
  double corrected =
      0.0;  ///< trapezoid - sum width^2/12 (V_{i+1} - V_i), O(width^4); NaN without V
  double lower_error = 0.0, upper_error = 0.0;  ///< standard errors, from those of the means
  double trapezoid_error = 0.0, corrected_error = 0.0;
};

/// (i/K)^power, i = 0..K. @throws ConfigError when intervals < 1.
[[nodiscard]] Vec inverse_temperatures(Index intervals, double power);

/// What node i of the ladder b weighs in the lower and the upper sum, and its variance in the
/// correction of the trapezoids.
struct NodeWeights {
  double lower = 0.0, upper = 0.0, correction = 0.0;
  [[nodiscard]] double trapezoid() const { return 0.5 * (lower + upper); }
};
[[nodiscard]] NodeWeights node_weights(const Vec& b, Index i);

/// Bounds and estimates of ln Z from what is known at the nodes b, whose errors are independent.
[[nodiscard]] ThermodynamicIntegral thermodynamic_sums(const Vec& b,
                                                       std::span<const MeanLogLikelihood> at);

/// The same from K + 1 nodes. @throws ConfigError when intervals < 1.
[[nodiscard]] ThermodynamicIntegral thermodynamic_integration(const MeanAtInverseTemperature& mean,
                                                              Index intervals, double power = 5.0);

/// ln Z by Gauss-Legendre quadrature in t, b = t^power: spectrally accurate for exact means.
[[nodiscard]] double thermodynamic_quadrature(const MeanAtInverseTemperature& mean, Index nodes,
                                              double power = 5.0);

}  // namespace thalweg
