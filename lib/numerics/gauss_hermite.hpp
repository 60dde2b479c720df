#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

/// Nodes z_k and weights w_k with sum_k w_k f(z_k) = E[f(z)], z ~ N(0, 1), exact for polynomials up
/// to degree 2 n - 1 (Golub and Welsch, Calculation of Gauss quadrature rules, 1969).
struct GaussHermite {
  Vec nodes, weights;
  explicit GaussHermite(Index n);
};

}  // namespace thalweg
