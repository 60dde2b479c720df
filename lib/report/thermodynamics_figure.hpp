// Free energy, internal energy and T S against temperature, when a record holds them for several.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

namespace thalweg::report {

[[nodiscard]] bool has_thermodynamics(const RunFile& file, const Record& record);
/// From the last row.
[[nodiscard]] Figure thermodynamics_figure(const RunFile& file, const Record& record);

}  // namespace thalweg::report
