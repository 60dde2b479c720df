// Any solver for motions with breaks (core/smooth_pieces.hpp): a step ends at each, after which the
// solver starts anew.
#pragma once
#include <thalweg/core/stepper.hpp>

namespace thalweg {

/// For motions without breaks its steppers are those of `solver` themselves. Steps of a fixed size
/// are shortened where a break comes first and counted from there on.
[[nodiscard]] SolverFactory by_pieces(SolverFactory solver);

}  // namespace thalweg
