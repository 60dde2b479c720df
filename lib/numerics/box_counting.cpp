#include <thalweg/numerics/box_counting.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace thalweg {

Index CellSet::count() const { return std::accumulate(cells.begin(), cells.end(), Index{0}); }

CellSet sign_changes(std::span<const double> values, Index rows, Index columns) {
  CellSet set{std::max<Index>(rows - 1, 0), std::max<Index>(columns - 1, 0)};
  set.cells.resize(static_cast<std::size_t>(set.rows * set.columns));
  const auto positive = [&](Index i, Index j) {
    return values[static_cast<std::size_t>(i * columns + j)] > 0.0 ? 1 : 0;
  };
  for (Index i = 0; i < set.rows; ++i)
    for (Index j = 0; j < set.columns; ++j) {
      const int n =
          positive(i, j) + positive(i, j + 1) + positive(i + 1, j) + positive(i + 1, j + 1);
      set.cells[static_cast<std::size_t>(i * set.columns + j)] = n > 0 && n < 4 ? 1 : 0;
    }
  return set;
}

std::vector<Index> box_sizes(Index side) {
  std::vector<Index> sizes;
  for (Index s = 2; s <= side / 8; s *= 2) sizes.push_back(s);
  return sizes;
}

std::vector<Index> box_counts(const CellSet& set, const std::vector<Index>& sizes) {
  std::vector<Index> counts;
  std::vector<std::uint8_t> met;  // boxes of one row of boxes
  for (const Index s : sizes) {
    Index n = 0;
    const Index across = (set.columns + s - 1) / s;
    for (Index top = 0; top < set.rows; top += s) {
      met.assign(static_cast<std::size_t>(across), 0);
      for (Index i = top; i < std::min(top + s, set.rows); ++i)
        for (Index b = 0; b < across; ++b) {
          const auto* const row = set.cells.data() + i * set.columns;
          const bool any = std::any_of(row + b * s, row + std::min((b + 1) * s, set.columns),
                                       [](std::uint8_t c) { return c != 0; });
          met[static_cast<std::size_t>(b)] |= any ? 1 : 0;
        }
      n += std::accumulate(met.begin(), met.end(), Index{0});
    }
    counts.push_back(n);
  }
  return counts;
}

std::vector<double> box_slopes(const std::vector<Index>& sizes, const std::vector<Index>& counts) {
  std::vector<double> slopes;
  for (std::size_t k = 1; k < sizes.size() && counts[k] > 0; ++k)
    slopes.push_back(std::log(static_cast<double>(counts[k - 1]) / static_cast<double>(counts[k])) /
                     std::log(static_cast<double>(sizes[k]) / static_cast<double>(sizes[k - 1])));
  return slopes;
}

double quantile(std::vector<double> x, double q) {
  if (x.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(x.begin(), x.end());
  const double at = q * static_cast<double>(x.size() - 1);
  const auto i = static_cast<std::size_t>(at);
  if (i + 1 == x.size()) return x.back();
  return x[i] + (at - static_cast<double>(i)) * (x[i + 1] - x[i]);
}

}  // namespace thalweg
