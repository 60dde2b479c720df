// The tangent space along a motion is a motion: state (x, v_1, ..., v_k), with v' = J(x, t) v along
// a flow and v <- DF(x) v under a map. Any stepper, record and checkpoint works on it.
#pragma once
#include <thalweg/core/model.hpp>
#include <thalweg/core/stepper.hpp>

#include <memory>
#include <optional>

namespace thalweg {

/// State: x (n), then v_1 .. v_k (n each), then, if `volume`, one number more whose rate is tr J,
/// or which grows by ln |det DF| in each step: ln of the volume that a small ball takes up.
/// Observables: those of the motion, `tangent` (the vectors), `tangent_norm` and `ln_volume`.
/// @throws ModelError when the motion has no Jacobian products or tangent, or when k > n.
Motion tangent_motion(const Motion& motion, Index k, bool volume);

/// Such a state at x: the k first unit vectors, or, where `frame` is given, its columns.
Vec tangent_state(In x, Index k, bool volume, const Mat* frame = nullptr);

/// The motion that a tangent motion carries tangents of; nothing when it is none.
std::optional<Motion> without_tangents(const Motion& motion);

/// Two copies of the motion side by side: state (x, y). For motions without derivatives.
Motion pair_motion(const Motion& motion);

/// solver(system, tolerance_factor), also for methods that keep the structure of second-order
/// motions, which get positions and velocities apart: their tangent vectors are moved by the exact
/// tangent of their own step.
std::unique_ptr<Stepper> tangent_stepper(const AnySystem& tangent_or_pair,
                                         const SolverFactory& solver,
                                         double tolerance_factor = 1.0);

}  // namespace thalweg
