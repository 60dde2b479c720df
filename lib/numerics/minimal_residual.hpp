#pragma once
#include <thalweg/numerics/conjugate_gradients.hpp>

namespace thalweg {

/// Solves A x = b for a symmetric A that may be indefinite, from x = 0; what GMRES gives for such a
/// matrix, with seven vectors instead of a growing basis. `indefinite` is not tested.
/// Source: C. Paige and M. Saunders, SIAM J. Numer. Anal. 12 (1975) 617 (MINRES).
LinearSolution minimal_residual(const SymmetricProduct& A, In b, Out x, double tolerance,
                                Index max_products);

}  // namespace thalweg
