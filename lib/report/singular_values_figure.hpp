// Histogram of the singular values of Jacobians, all networks together, with their law or its edge
// where the series holds one.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <string>
#include <vector>

namespace thalweg::report {

/// The last axis of `variable` counts modes; a first axis "regime" is told apart.
[[nodiscard]] bool has_singular_values(const RunVariable& variable);
/// Of the last row.
[[nodiscard]] Figure singular_values_figure(const RunFile& file, const Record& record,
                                            const RunVariable& variable);
/// Names of variables that the figure shows besides.
[[nodiscard]] std::vector<std::string> beside_singular_values(const RunVariable& variable);

}  // namespace thalweg::report
