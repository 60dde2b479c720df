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

std::optional<std::array<double, 2>> richest_part(std::span<const double> values, Index n,
                                                  const Window& window, double factor) {
  const auto boundary = sign_changes(values, n, n);
  const Index side = n - 1;
  // sum[i][j] of the cells above and left of (i, j)
  std::vector<std::int32_t> sum(static_cast<std::size_t>(n * n), 0);
  const auto at = [&](Index i, Index j) -> std::int32_t& {
    return sum[static_cast<std::size_t>(i * n + j)];
  };
  for (Index i = 0; i < side; ++i)
    for (Index j = 0; j < side; ++j)
      at(i + 1, j + 1) = at(i, j + 1) + at(i + 1, j) - at(i, j) +
                         boundary.cells[static_cast<std::size_t>(i * side + j)];
  const Index part = std::max<Index>(static_cast<Index>(static_cast<double>(n) / factor), 1);
  const Index step = std::max<Index>(part / 4, 1);
  std::int32_t most = 0;
  std::optional<std::array<double, 2>> found;
  for (Index i = 0; i + part <= side; i += step)
    for (Index j = 0; j + part <= side; j += step) {
      const auto cells = at(i + part, j + part) - at(i, j + part) - at(i + part, j) + at(i, j);
      if (cells <= most) continue;
      most = cells;
      const double half = 0.5 * static_cast<double>(part);
      const auto place = [&](int axis, Index k) {
        const auto a = static_cast<std::size_t>(axis);
        // cell k lies between the points k and k + 1
        return window.centre[a] +
               window.width[a] *
                   ((static_cast<double>(k) + half + 0.5) / static_cast<double>(n) - 0.5);
      };
      found = {place(0, j), place(1, i)};
    }
  return found;
}

bool resolves(const Window& window, Index n) {
  for (std::size_t a = 0; a < 2; ++a) {
    const double largest = std::abs(window.centre[a]) + 0.5 * window.width[a];
    const double spacing = window.width[a] / static_cast<double>(n);
    if (!(spacing > 64.0 * std::numeric_limits<double>::epsilon() * largest)) return false;
  }
  return true;
}

}  // namespace thalweg
