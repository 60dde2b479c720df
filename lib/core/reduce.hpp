// Dot product, norm and sum of state vectors. All of run/ and solvers/ go through here, so that a
// vector spread over processes needs one change. Pairwise over fixed blocks: the same bits at any
// thread count and an error that grows with log n.
#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

[[nodiscard]] double dot(In a, In b);
[[nodiscard]] double squared_norm(In a);
[[nodiscard]] double norm(In a);
/// |a - b|
[[nodiscard]] double distance(In a, In b);
/// True when no entry is NaN or infinite.
[[nodiscard]] bool all_finite(In a);

}  // namespace thalweg
