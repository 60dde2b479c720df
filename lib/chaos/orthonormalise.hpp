// Gram and Schmidt's orthonormalisation of a few tangent vectors, with what they have grown by.
#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

/// V = Q R in place, V <- Q; log_r_j = ln R_jj, -infinity (and a zero column) where a vector is
/// lost in the span of those before it. Each projection is made twice, so that Q is orthonormal to
/// rounding whatever the vectors' lengths are.
void orthonormalise(MatOut V, Out log_r);

}  // namespace thalweg
