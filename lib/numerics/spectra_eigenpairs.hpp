// The same pairs as numerics/lanczos, by the library Spectra: a method of other hands to check
// against, and to use where its implicit restarts do better.
#pragma once
#include <thalweg/numerics/lanczos.hpp>

namespace thalweg {

/// Implicitly restarted Lanczos (Spectra's SymEigsSolver) from a random vector, each end by itself.
/// `options.basis` is the length between restarts; `refine` and `probe` mean nothing here. Every
/// pair's residual is then measured by a product of its own, and the pair is accepted by it alone.
/// Takes at most options.max_products products. Exactly repeated eigenvalues are found once.
/// Source: Y. Qiu, Spectra, https://spectralib.org; D. Sorensen, SIAM J. Matrix Anal. 13 (1992).
/// @throws SolveError when a product is not finite.
EigenPairs spectra_eigenpairs(const SymmetricProduct& A, Index dim, const LanczosOptions& options,
                              Rng& rng);

}  // namespace thalweg
