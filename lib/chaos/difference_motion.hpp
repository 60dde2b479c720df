// A motion whose Jacobian products are differences of the motion itself, for those that have none
// of their own: descent on mini-batches, a system or potential without derivatives.
#pragma once
#include <thalweg/core/model.hpp>

namespace thalweg {

/// J v by central_difference.hpp for each direction, over a distance of 1e-3 (1 + |x|) in the
/// maximum norm: right to 1e-12 or so where the motion is smooth over it. Four evaluations a
/// product, counted as evaluations.
Motion difference_motion(const Motion& motion);

/// Compares such a product at (x, t) with one over half the distance. @throws ModelError when they
/// disagree by more than 1e-3: the motion is not smooth there.
void check_differences(const Motion& motion, In x, double t);

inline constexpr const char* difference_approximation =
    "Jacobian products are approximate: fourth-order differences of the motion over 1e-3 (1 + |x|)";

}  // namespace thalweg
