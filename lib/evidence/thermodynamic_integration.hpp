// ln Z as an integral over the inverse temperature of the likelihood,
//
//   ln Z = integral over b in [0, 1] of <ln p(D | q)>_b,   the mean over prior x likelihood^b
//
// (Gelman and Meng, Simulating normalizing constants, 1998). The mean rises with b: its slope is
// the variance of ln p(D | q).
#pragma once
#include <thalweg/core/types.hpp>

#include <functional>

namespace thalweg {

/// <ln p(D | q)>_b with the standard error of its estimate, 0 when it is exact.
struct MeanLogLikelihood {
  double mean = 0.0, standard_error = 0.0;
};
using MeanAtInverseTemperature = std::function<MeanLogLikelihood(double b)>;

struct ThermodynamicIntegral {
  Vec b;                   ///< nodes (i/K)^power, i = 0..K
  Vec mean;                ///< of ln p(D | q) there
  double lower = 0.0;      ///< left Riemann sum <= ln Z, when the means are exact
  double upper = 0.0;      ///< right Riemann sum >= ln Z
  double trapezoid = 0.0;  ///< their mean
  double lower_error = 0.0, upper_error = 0.0;  ///< standard errors, from those of the means
};

/// Bounds of ln Z from K + 1 nodes. @throws ConfigError when intervals < 1.
[[nodiscard]] ThermodynamicIntegral thermodynamic_integration(const MeanAtInverseTemperature& mean,
                                                              Index intervals, double power = 5.0);

/// ln Z by Gauss-Legendre quadrature in t, b = t^power: spectrally accurate for exact means.
[[nodiscard]] double thermodynamic_quadrature(const MeanAtInverseTemperature& mean, Index nodes,
                                              double power = 5.0);

}  // namespace thalweg
