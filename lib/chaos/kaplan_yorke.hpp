// The dimension of an attractor as its exponents give it.
//   J. L. Kaplan and J. A. Yorke, Chaotic behavior of multidimensional difference equations,
//   Lecture Notes in Mathematics 730, Springer 1979, pp. 204-227.
#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

/// D = j + (l_1 + ... + l_j) / |l_{j+1}| with the largest j whose sum is not negative; 0 when
/// l_1 < 0; n when no sum is negative; NaN when more exponents are needed to tell.
struct KaplanYorke {
  double dimension = 0.0;
  /// dD/dl, in the order in which the exponents were given: 1 / |l_{j+1}| up to j, and
  /// (l_1 + ... + l_j) / l_{j+1}^2 for the one after.
  Vec slopes;
  /// D if l_1 were positive: where l_1 passes 0, D jumps between this and 0.
  double above_zero = 0.0;
};

/// Exponents in any order. `complete`: there are no others.
KaplanYorke kaplan_yorke(In exponents, bool complete);

}  // namespace thalweg
