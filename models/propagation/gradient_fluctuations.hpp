// How ln |delta^l|^2 of single networks of finite width lies about the sum of ln chi.
#pragma once
#include <thalweg/models/propagation/signal_statistics.hpp>

#include <vector>

namespace thalweg {

/// N times the mean of ln |delta^l|^2 - sum ln chi over networks, and N times its variance, at
/// layers 0..depth, to first order in 1/N. Gaussian weights.
///
/// A layer gives ln chi(K) + e, where K = sigma_w^2 |phi|^2 / N + sigma_b^2 walks about the length
/// q of the theory, K' = V(K) (1 + n), and e, n are averages over the N units:
///   N var e = 3 mu_2/mu_1^2 - 1,   N var n = (sigma_w^2 / V)^2 var phi^2,
///   N cov(e, n) = (sigma_w^2 / V) (E phi'^2 phi^2 / mu_1 - E phi^2),
/// so that a net with longer signals has other slopes in all layers that follow. The mean has
/// -var e / 2, the curvature of ln chi and V under the walk, and a term of the weights that the way
/// back shares with the way forth: they are random but for W phi = y, which is known, and delta
/// leans on y (r = (delta.y)^2 / (|delta|^2 E y^2), 1 for independent directions).
struct GradientFluctuations {
  std::vector<double> shift, variance;
};
[[nodiscard]] GradientFluctuations gradient_fluctuations(const MeanField& field,
                                                         const ActivationFunction& phi,
                                                         const SignalTheory& signals);

}  // namespace thalweg
