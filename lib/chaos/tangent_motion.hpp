// The tangent space along a motion is a motion: state (x, v_1, ..., v_k), with v' = J(x, t) v along
// a flow and v <- DF(x) v under a map. Any stepper, record and checkpoint works on it.
#pragma once
#include <thalweg/core/model.hpp>

namespace thalweg {

/// State: x (n), then v_1 .. v_k (n each), then, if `volume`, one number more whose rate is tr J,
/// or which grows by ln |det DF| in each step: ln of the volume that a small ball takes up.
/// @throws ModelError when the motion has no Jacobian products or tangent, or when k > n.
Motion tangent_motion(const Motion& motion, Index k, bool volume);

/// Two copies of the motion side by side: state (x, y). For motions without derivatives.
Motion pair_motion(const Motion& motion);

}  // namespace thalweg
