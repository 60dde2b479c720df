// The distribution of the eigenvalues of a large symmetric matrix, without computing them:
// stochastic Lanczos quadrature.
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>
#include <thalweg/numerics/lanczos.hpp>

namespace thalweg {

/// Gauss quadratures of the spectral measures of random unit vectors v_j: for polynomials f of
/// degree < 2 steps,  v_j' f(A) v_j = sum_i weights(i, j) f(nodes(i, j)).
struct SpectralQuadrature {
  Mat nodes, weights;  ///< shapes (steps, probes); a column of weights sums to 1
  Index dim = 0;
  Index products = 0;  ///< of A with one vector
};

/// How many probes are multiplied together: as many as 268 MB (2^28 bytes) of Krylov vectors allow,
/// 8 dim steps bytes each, and at least one.
Index probes_together(Index dim, Index steps, Index probes);

/// Lanczos with full reorthogonalisation from `probes` random vectors uniform on the sphere.
/// Source: S. Ubaru, J. Chen and Y. Saad, SIAM J. Matrix Anal. 38 (2017); B. Ghorbani, S. Krishnan
/// and Y. Xiao, ICML 2019.
/// @throws SolveError when a product is not finite.
SpectralQuadrature stochastic_lanczos(const SymmetricProduct& A, Index dim, Index steps,
                                      Index probes, Rng& rng);

/// A mean over the probes with its standard error; NaN from a single probe.
struct Estimate {
  double value, standard_error;
};

/// tr A^k, exact but for the choice of probes when k < 2 steps.
Estimate trace_of_power(const SpectralQuadrature& quadrature, int k);
/// |A|_F = sqrt(tr A^2).
Estimate frobenius_norm(const SpectralQuadrature& quadrature);

/// phi(x) = mean_j sum_i w_ij N(x; node_ij, width^2), the density of the eigenvalues smoothed by a
/// Gaussian, with a pointwise band for the choice of the probes (Student's t over them); the band
/// says nothing of the smoothing or of too few steps.
struct SpectralDensity {
  Vec x, value, low, high;
  double width = 0.0, confidence = 0.95;
};
SpectralDensity spectral_density(const SpectralQuadrature& quadrature, const Vec& x, double width,
                                 double confidence = 0.95);

}  // namespace thalweg
