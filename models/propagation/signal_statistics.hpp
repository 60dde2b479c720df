// Measured signals and gradients of an ensemble of random networks, layer by layer, with the theory
// beside them.
#pragma once
#include <thalweg/models/propagation/mean_field.hpp>
#include <thalweg/models/propagation/signal_history.hpp>

#include <vector>

namespace thalweg {

/// A mean over nets with its standard error (NaN for one net).
struct Measured {
  double mean = 0.0, error = 0.0;
};
[[nodiscard]] Measured measured(const Vec& of_nets);
[[nodiscard]] double variance(const Vec& of_nets);
[[nodiscard]] double median(Vec of_nets);

/// |h|^2 / N of each net, its inputs averaged; and the correlation of inputs 0 and 1.
[[nodiscard]] Vec lengths(const RandomLayers& layers, In x, Index regime);
[[nodiscard]] Vec correlations(const RandomLayers& layers, In x, Index regime);
/// |phi(h)|^2 / N of input 0.
[[nodiscard]] Vec activities(const RandomLayers& layers, In x, Index regime);

/// What the theory says of one regime, per layer 0..depth.
struct SignalTheory {
  std::vector<double> q, gap;
  /// ln chi(q_l) and mu_2 / mu_1^2 of each layer's slopes.
  std::vector<double> log_chi, slope_ratio;

  SignalTheory() = default;
  SignalTheory(const MeanField& field, Index depth, double q0, double c0);
  /// Sum of log_chi over the layers [from, to).
  [[nodiscard]] double log_chi_sum(Index from, Index to) const;
  /// Sum of a factor times slope_ratio plus a constant over the layers [from, to).
  [[nodiscard]] double ratio_sum(Index from, Index to, double factor, double constant) const;
};

/// chi^2 of what layer after layer is measured against what the theory expects of it, given the
/// layer before: independent from layer to layer, so that depth adds up degrees of freedom.
///
/// With K = sigma_w^2 |phi(h)|^2 / N + sigma_b^2, the entries of the next h are N(0, K) exactly at
/// any width, so that q' / K - 1 and K' / V(K) - 1, averaged over nets, have mean 0 and a known
/// covariance / (N nets); `pairs` does the same for the products h_1 h_2 / N of two inputs.
/// Gaussian weights only. Cumulated over the layers 1..l.
struct ChiSquare {
  std::vector<double> value, freedom;
  /// Probability of a larger value at layer l.
  [[nodiscard]] double p_value(Index layer) const;
};
[[nodiscard]] ChiSquare chi_square_of_lengths(const SignalHistory& history, const MeanField& field,
                                              Index regime);
[[nodiscard]] ChiSquare chi_square_of_pairs(const SignalHistory& history, const MeanField& field,
                                            Index regime);

}  // namespace thalweg
