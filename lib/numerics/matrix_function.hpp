#pragma once
#include <thalweg/numerics/conjugate_gradients.hpp>

#include <functional>

namespace thalweg {

/// x = f(A) b for a symmetric A, f acting on its eigenvalues, in the Krylov space of b: with
/// A V = V T + ..., x = |b| V f(T) e_1, V kept and reorthogonalised (8 bytes x dim x products of
/// memory). `residual` is the change of x over the last five products, relative to x, which must
/// fall to `tolerance`; it is an estimate, as f(A) has no residual of its own.
/// Source: N. Higham, Functions of Matrices (2008), section 13.2.
LinearSolution matrix_function(const std::function<double(double)>& f, const SymmetricProduct& A,
                               In b, Out x, double tolerance, Index max_products);

}  // namespace thalweg
