// Curves reduced to what a screen can show. Coordinates are those of the plot (logarithms on a log
// axis); a point that is not finite is a gap.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace thalweg::report {

/// Indices, increasing, of the points of y(x) to draw: of neighbours in one pixel column the lowest
/// and the highest, so that every spike stays at its full height; the ends of each unbroken piece;
/// one point for each gap between pieces. `pixel_width`, `pixel_height`: size of a pixel in the
/// coordinates of the plot.
std::vector<std::size_t> thin_curve(std::span<const double> x, std::span<const double> y,
                                    double pixel_width, double pixel_height);

/// The same for a path in the plane: a point is kept when it is half a pixel away from the last.
std::vector<std::size_t> thin_path(std::span<const double> x, std::span<const double> y,
                                   double pixel_width, double pixel_height);

}  // namespace thalweg::report
