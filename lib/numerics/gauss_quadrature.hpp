// Gauss quadrature from the eigenvalues of the three-term recurrence (Golub and Welsch, Calculation
// of Gauss quadrature rules, 1969). n nodes are exact for polynomials up to degree 2 n - 1.
#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

struct Quadrature {
  Vec nodes, weights;
};

/// sum_k w_k f(z_k) = E[f(z)], z ~ N(0, 1).
[[nodiscard]] Quadrature gauss_hermite(Index n);
/// sum_k w_k f(x_k) = integral of f over [0, 1].
[[nodiscard]] Quadrature gauss_legendre(Index n);

}  // namespace thalweg
