// How noisy two unbiased estimates of grad_w <U> are from one draw: by moving the draw with the
// parameters, or by the score of its density.
#pragma once
#include <thalweg/core/potential.hpp>
#include <thalweg/models/variational/gaussian_family.hpp>

#include <cstdint>

namespace thalweg {

/// Traces of the covariances, over draws theta = m + R z:
///   reparametrised  d theta/dw ' grad U(theta)
///   score           (U(theta) - <U>) grad_w ln q(theta); <U> in the place of 0 makes it less noisy
/// Source: Kingma and Welling, Auto-encoding variational Bayes, 2014; Williams, Machine Learning 8
/// (1992).
struct GradientVariance {
  double reparametrised = 0.0, score = 0.0;
};

/// Estimated from `draws` fixed standard normals.
[[nodiscard]] GradientVariance gradient_variance(const AnyPotential& potential,
                                                 const GaussianFamily& family, In w, Index draws,
                                                 std::uint64_t seed);

}  // namespace thalweg
