#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/numerics/lanczos.hpp>

namespace thalweg {

struct LinearSolution {
  Index products = 0;
  double residual = 0.0;    ///< |b - A x| / |b|, by recurrence
  bool converged = false;   ///< residual <= tolerance
  bool indefinite = false;  ///< a direction with p'Ap <= 0 was met: A is not positive definite
};

/// Solves A x = b for a symmetric positive definite A, from x = 0.
/// Source: M. Hestenes and E. Stiefel, J. Res. Nat. Bur. Standards 49 (1952).
LinearSolution conjugate_gradients(const SymmetricProduct& A, In b, Out x, double tolerance,
                                   Index max_products);

}  // namespace thalweg
