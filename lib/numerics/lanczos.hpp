// Eigenpairs of a large symmetric matrix that is known by its products alone.
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <functional>
#include <limits>
#include <vector>

namespace thalweg {

/// AV = A V of a symmetric A, shapes (dim, k).
using SymmetricProduct = std::function<void(MatIn V, MatOut AV)>;

struct LanczosOptions {
  Index largest = 1, smallest = 0;  ///< how many pairs at each end, by algebraic value
  double tolerance = 1e-3;          ///< of |A u - lambda u| / max |lambda|
  Index max_products = 1000;
  Index basis = 60;  ///< vectors kept, beside the wanted ones: 8 * dim * basis bytes
  /// Products spent, once all has converged, on a new random direction that the start may have
  /// missed (a second copy of an eigenvalue, a direction that has newly risen).
  Index probe = 0;
  /// The columns of `start` are approximate eigenvectors, as those of a nearby matrix are. Once
  /// each has been multiplied, a product goes where the residuals that are still too large are
  /// largest. Then only what the residuals point at is found: repeated eigenvalues as often as
  /// `start` holds them.
  bool refine = false;
  /// Where u' A v and v' A u have been found to differ by more, relative to max |lambda|, the
  /// search stops: these are not the products of a symmetric matrix, and what they find is not its
  /// own.
  double asymmetry = std::numeric_limits<double>::infinity();
};

struct EigenPairs {
  Vec values;                     ///< largest first, then the smallest from the end; NaN: not found
  Mat vectors;                    ///< unit columns, also of those that are not converged
  Vec residuals;                  ///< |A u - lambda u|
  std::vector<bool> converged{};  ///< residual <= tolerance * max |lambda|
  /// Products after which each pair met the tolerance to stay; all of them when it did not.
  std::vector<Index> iterations{};
  Index products = 0;      ///< of A with one vector
  Index drafts = 0;        ///< of its cheaper neighbour, see drafted_lanczos
  bool draft_held = true;  ///< it proved to be symmetric
  bool symmetric = true;   ///< not stopped for LanczosOptions::asymmetry
  double scale = 0.0;      ///< max |lambda| over all that was seen
  /// What a search of a nearby matrix best starts from, unit columns: `vectors` after one more
  /// power step, A u / lambda = u + r / lambda, known without a product; u itself where unwanted
  /// eigenvalues are larger in magnitude.
  Mat continued{};
  [[nodiscard]] bool all_converged() const;
};

/// Band Lanczos with full reorthogonalisation and thick restarts, residuals tested after each
/// product. `start` has one or more columns, the block that the Krylov space grows from; none, or
/// zero ones: a random vector. Exactly repeated eigenvalues are found as often as the block is
/// wide, or by `probe`. Source: A. Ruhe, Math. Comp. 33 (1979); K. Wu and H. Simon, SIAM J. Matrix
/// Anal. 22 (2000).
/// @throws SolveError when a product is not finite.
EigenPairs lanczos(const SymmetricProduct& A, Index dim, MatIn start, const LanczosOptions& options,
                   Rng& rng);

}  // namespace thalweg
