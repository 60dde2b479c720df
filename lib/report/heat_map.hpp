// A recorded array over two coordinates as a map of colours, with the line on which it changes
// regime, where the same series holds one: "critical_" and the name of the axis across, over the
// axis up.
#pragma once
#include <thalweg/report/draw.hpp>
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <string>

namespace thalweg::report {

/// Two axes with evenly spaced coordinates.
[[nodiscard]] bool is_map(const RunFile& file, const Record& record, const RunVariable& variable);
/// The name of the line's variable, "" when there is none.
[[nodiscard]] std::string line_on_map(const Record& record, const RunVariable& variable);
/// Of the last row.
[[nodiscard]] Figure map_figure(const RunFile& file, const Record& record,
                                const RunVariable& variable);
/// What `make_drawing` is for curves; the figure has a grid.
[[nodiscard]] Drawing make_map_drawing(const Figure& figure, const std::string& id);

}  // namespace thalweg::report
