// Laplace's approximation of the evidence: the posterior as a Gaussian at its mode.
#pragma once
#include <thalweg/core/potential.hpp>

namespace thalweg {

struct Laplace {
  double log_evidence = 0.0;  ///< -U(mode) + (d/2) ln 2 pi - (1/2) ln det H; approximate
  Vec mode;
  Mat covariance;              ///< H^-1
  double gradient_size = 0.0;  ///< largest entry of the gradient at the mode
};

/// Minimises U from `start` by L-BFGS and Newton's steps, then takes the whole Hessian (d
/// products). One mode only: what lies under others is not counted.
/// @throws ModelError without Hessian products; SolveError when no minimum with a positive definite
/// Hessian is found.
[[nodiscard]] Laplace laplace(const AnyPotential& posterior, In start);

}  // namespace thalweg
