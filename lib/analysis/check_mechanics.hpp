// The checks of what a system says about its energy and about being a second-order motion.
#pragma once
#include <thalweg/analysis/check_rows.hpp>
#include <thalweg/core/system.hpp>

#include <vector>

namespace thalweg::detail {

/// The rate of the energy against differences along the motion.
void check_energy_rate(CheckRows& rows, const AnySystem& s, const std::vector<Vec>& points,
                       double t);
/// Mass, friction and force against the right-hand side; the force against differences of the
/// potential energy. Nothing when the system is not a second-order motion.
void check_mechanics(CheckRows& rows, const AnySystem& s, const std::vector<Vec>& points, double t);

}  // namespace thalweg::detail
