#include <thalweg/run/plane/zoom.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/numerics/box_counting.hpp>

namespace thalweg {

BoundaryCount count_boundary(std::span<const double> values, Index n) {
  const auto boundary = sign_changes(values, n, n);
  BoundaryCount found;
  found.cells = boundary.count();
  found.positive_share = static_cast<double>(std::count_if(values.begin(), values.end(),
                                                           [](double v) { return v > 0.0; })) /
                         static_cast<double>(values.size());
  found.sizes = box_sizes(n);
  found.counts = box_counts(boundary, found.sizes);
  if (found.cells > 0) found.slopes = box_slopes(found.sizes, found.counts);
  return found;
}

std::optional<std::array<double, 2>> nearest_boundary(std::span<const double> values, Index n,
                                                      const Window& window) {
  const auto boundary = sign_changes(values, n, n);
  std::optional<std::array<double, 2>> found;
  Index least = 0;
  for (Index i = 0; i < boundary.rows; ++i)
    for (Index j = 0; j < boundary.columns; ++j) {
      if (boundary.cells[static_cast<std::size_t>(i * boundary.columns + j)] == 0) continue;
      // The cell lies between the points j and j + 1; twice the distance is a whole number.
      const Index x = 2 * (j + 1) - n, y = 2 * (i + 1) - n, distance = x * x + y * y;
      if (found && distance >= least) continue;
      least = distance;
      const auto place = [&](std::size_t a, Index k) {
        return window.centre[a] +
               window.width[a] * 0.5 * static_cast<double>(k) / static_cast<double>(n);
      };
      found = {place(0, x), place(1, y)};
    }
  return found;
}

bool resolves(const Window& window, Index n, const std::array<double, 2>& least) {
  for (std::size_t a = 0; a < 2; ++a) {
    const double largest = std::max(std::abs(window.centre[a]) + 0.5 * window.width[a], least[a]);
    const double spacing = window.width[a] / static_cast<double>(n);
    if (!(spacing > 64.0 * std::numeric_limits<double>::epsilon() * largest)) return false;
  }
  return true;
}

}  // namespace thalweg
