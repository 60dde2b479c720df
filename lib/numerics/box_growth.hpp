// How the boxes that meet a set multiply from scale to scale, from a few boxes drawn at each.
#pragma once
#include <thalweg/core/types.hpp>

#include <vector>

namespace thalweg {

/// One group: [scale][box drawn there], the number of its parts, 1/ratio as large along either
/// side, that meet the set. The boxes of a scale are drawn with equal chance from all parts found
/// at the scale before; none where nothing was found.
using BoxParts = std::vector<std::vector<Index>>;

struct BoxGrowth {
  std::vector<double> boxes{}, boxes_error{};          ///< of each scale: N(s), s = ratio^-(k+1)
  std::vector<double> dimension{}, dimension_error{};  ///< ln(N_k / N_(k-1)) / ln ratio, N_(-1) = 1
  double whole = 0.0, whole_error = 0.0;  ///< the same from the first scale to the last; one: NaN
};

/// N_k is the mean over groups of the product over scales of the mean number of parts, which is
/// unbiased for any number of boxes drawn (Knuth, Math. Comp. 29 (1975) 122, for one box; with
/// resampling Del Moral, Feynman-Kac Formulae, 2004, ch. 7); errors by the jackknife over groups,
/// NaN for fewer than two. A set that was lost has N = 0 and no dimension (NaN). All groups have
/// the same number of scales, at least one group and one scale.
BoxGrowth box_growth(const std::vector<BoxParts>& groups, double ratio);

}  // namespace thalweg
