// A window of the plane, what the field is in it, and where to look closer.
#pragma once
#include <thalweg/core/types.hpp>

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace thalweg {

struct Window {
  std::array<double, 2> centre{}, width{};  ///< x, y
  /// The i-th of n points along an axis: centres of n equal parts.
  [[nodiscard]] double at(int axis, Index i, Index n) const {
    const auto a = static_cast<std::size_t>(axis);
    return centre[a] + width[a] * ((static_cast<double>(i) + 0.5) / static_cast<double>(n) - 0.5);
  }
};

/// What was found in a window: the boundary between the two signs and how N(s) grows.
struct BoundaryCount {
  Index cells = 0;              ///< of the grid between the points through which it passes
  double positive_share = 0.0;  ///< of the points
  std::vector<Index> sizes{}, counts{};
  std::vector<double> slopes{};  ///< empty where there is no boundary
};
/// `values` (n, n), row by row along y.
BoundaryCount count_boundary(std::span<const double> values, Index n);

/// The middle of the cell of the boundary that is nearest to the centre of the window, of several
/// the first in the order of rows. None: no boundary.
std::optional<std::array<double, 2>> nearest_boundary(std::span<const double> values, Index n,
                                                      const Window& window);

/// Whether n points in the window are different numbers, with room for rounding; numbers below
/// `least` along an axis are as coarse as it.
bool resolves(const Window& window, Index n, const std::array<double, 2>& least = {});

}  // namespace thalweg
