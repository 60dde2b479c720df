// The levels of a run over a plane as pictures: every point a pixel, its colour by the sign and the
// rank of its number among those of that sign.
#pragma once
#include <thalweg/io/png.hpp>
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <span>
#include <string>
#include <vector>

namespace thalweg {

/// RUN/pictures/level_NN.png of every finished level, a pixel for each point.
void write_plane_pictures(const std::string& run);

namespace report {

/// `values` (n, n), the row of the smallest y first; the picture has y upwards. Positive numbers
/// from dark to light blue, negative ones from dark red to light yellow, light where the size is
/// largest.
Picture plane_picture(std::span<const double> values, Index n);

/// <figure> elements, one for each level, "" when the file has none.
std::string plane_section(const RunFile& file);

/// Box counts and the dimension level by level.
std::vector<Figure> plane_figures(const RunFile& file);

}  // namespace report
}  // namespace thalweg
