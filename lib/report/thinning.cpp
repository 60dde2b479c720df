#include <thalweg/report/thinning.hpp>

#include <algorithm>
#include <cmath>

namespace thalweg::report {
namespace {

/// Calls piece(first, end) for each unbroken piece and keeps one index for each gap between two.
template <class Piece>
std::vector<std::size_t> for_pieces(std::span<const double> x, std::span<const double> y,
                                    Piece piece) {
  std::vector<std::size_t> kept;
  const auto finite = [&](std::size_t i) { return std::isfinite(x[i]) && std::isfinite(y[i]); };
  for (std::size_t first = 0; first < x.size();) {
    if (!finite(first)) {
      ++first;
      continue;
    }
    std::size_t end = first;
    while (end < x.size() && finite(end)) ++end;
    if (!kept.empty()) kept.push_back(first - 1);
    piece(first, end, kept);
    first = end;
  }
  return kept;
}

}  // namespace

std::vector<std::size_t> thin_curve(std::span<const double> x, std::span<const double> y,
                                    double pixel_width, double pixel_height) {
  return for_pieces(x, y, [&](std::size_t first, std::size_t end, std::vector<std::size_t>& kept) {
    const auto add = [&](std::size_t i) {
      if (kept.empty() || kept.back() < i) kept.push_back(i);
    };
    add(first);
    for (std::size_t begin = first; begin < end;) {
      const double column = std::floor((x[begin] - x[first]) / pixel_width);
      std::size_t low = begin, high = begin, next = begin;
      while (next < end && std::floor((x[next] - x[first]) / pixel_width) == column) {
        if (y[next] < y[low]) low = next;
        if (y[next] > y[high]) high = next;
        ++next;
      }
      if (y[high] - y[low] > 0.5 * pixel_height) {
        add(std::min(low, high));
        add(std::max(low, high));
      } else {
        add(begin);
      }
      begin = next;
    }
    add(end - 1);
  });
}

std::vector<std::size_t> thin_path(std::span<const double> x, std::span<const double> y,
                                   double pixel_width, double pixel_height) {
  return for_pieces(x, y, [&](std::size_t first, std::size_t end, std::vector<std::size_t>& kept) {
    kept.push_back(first);
    for (std::size_t i = first + 1; i < end; ++i) {
      const std::size_t last = kept.back();
      const double dx = (x[i] - x[last]) / pixel_width, dy = (y[i] - y[last]) / pixel_height;
      if (dx * dx + dy * dy > 0.25 || i + 1 == end) kept.push_back(i);
    }
  });
}

}  // namespace thalweg::report
