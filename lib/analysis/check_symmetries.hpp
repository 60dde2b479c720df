// The checks of what a potential says about its symmetries.
#pragma once
#include <thalweg/analysis/check_rows.hpp>
#include <thalweg/core/potential.hpp>

#include <vector>

namespace thalweg::detail {

/// The gradient has no component along what a symmetry moves, pairings are those of the generators,
/// and these are symmetric or antisymmetric as their kind says. Nothing without symmetries.
void check_symmetries(CheckRows& rows, const AnyPotential& p, const std::vector<Vec>& points);

}  // namespace thalweg::detail
