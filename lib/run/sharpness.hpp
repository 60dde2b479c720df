// The sharpness of a run: the largest eigenvalue of the Hessian, by value.
#pragma once
#include <thalweg/run/quantities.hpp>

namespace thalweg {

/// The quantity "sharpness". @throws ModelError when the potential has no Hessian product.
Quantity sharpness(RunContext& context);

/// "sharpness_midpoint": of a map, at the second-order midpoint (w_{n-1} + 2 w_n + w_{n+1}) / 4,
/// which does not feel the bouncing from wall to wall; NaN at the start, which has no point before
/// it.
/// @throws ModelError also when the run is a flow.
Quantity sharpness_midpoint(RunContext& context);

/// "sharpness_<name>" of a compared motion.
Quantity sharpness_of(const RunContext& context, Companion& companion);

}  // namespace thalweg
