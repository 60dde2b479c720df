// Eigenpairs of a matrix whose products are dear, searched with those of a cheaper neighbour.
#pragma once
#include <thalweg/numerics/lanczos.hpp>

namespace thalweg {

/// What `lanczos` finds from a start that knows nothing, with most of the products made by `draft`,
/// a matrix that differs from A by much less than the tolerance, as differences of gradients do
/// from a Hessian. Its pairs, those that a probe finds among them, are then multiplied by A: values
/// and residuals are those of A, and a pair whose residual is too large is refined with A. A draft
/// that proves not to be symmetric to half the tolerance is given up, and all is done with A.
/// Of N products, about N become drafts and one for each pair is added.
/// `options.max_products` bounds the sum of both; `iterations` counts both.
/// @throws SolveError when a product is not finite.
EigenPairs drafted_lanczos(const SymmetricProduct& A, const SymmetricProduct& draft, Index dim,
                           MatIn start, const LanczosOptions& options, Rng& rng);

}  // namespace thalweg
