#include <thalweg/numerics/drafted_lanczos.hpp>

#include <algorithm>

namespace thalweg {

EigenPairs drafted_lanczos(const SymmetricProduct& A, const SymmetricProduct& draft, Index dim,
                           MatIn start, const LanczosOptions& options, Rng& rng) {
  const Index wanted = std::min(dim, options.largest + options.smallest);
  auto search = options, check = options;
  search.asymmetry = 0.5 * options.tolerance;
  // A little below the tolerance, so that what the draft differs by does not cost a product.
  search.tolerance = 0.99 * options.tolerance;
  search.max_products = options.max_products - wanted;
  Mat begin = start;
  Index drafts = 0;
  bool held = true;
  if (search.max_products > wanted) {
    auto found = lanczos(draft, dim, start, search, rng);
    drafts = found.products;
    held = found.symmetric;
    if (held) {
      begin = std::move(found.vectors);
      check.refine = true;
      check.probe = 0;
    }
  }
  check.max_products -= drafts;
  auto pairs = lanczos(A, dim, begin, check, rng);
  pairs.drafts = drafts;
  pairs.draft_held = held;
  for (Index& after : pairs.iterations) after += drafts;
  return pairs;
}

}  // namespace thalweg
