#include <thalweg/run/plane/drawn_windows.hpp>

#include <algorithm>
#include <utility>

namespace thalweg {

std::vector<Window> met_boxes(std::span<const double> values, Index n, const Window& window,
                              Index ratio) {
  const auto box = [n, ratio](Index i) { return (2 * i + 1) * ratio / (2 * n); };
  std::vector<unsigned> signs(static_cast<std::size_t>(ratio * ratio));  // seen: 1 -, 2 +
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      signs[static_cast<std::size_t>(box(i) * ratio + box(j))] |=
          values[static_cast<std::size_t>(i * n + j)] > 0.0 ? 2U : 1U;
  std::vector<Window> met;
  for (Index i = 0; i < ratio; ++i)
    for (Index j = 0; j < ratio; ++j) {
      if (signs[static_cast<std::size_t>(i * ratio + j)] != 3U) continue;
      Window part{.centre = {window.at(0, j, ratio), window.at(1, i, ratio)},
                  .width = window.width};
      for (auto& w : part.width) w /= static_cast<double>(ratio);
      met.push_back(part);
    }
  return met;
}

std::vector<Window> draw(std::vector<Window> boxes, Index count, Rng& rng) {
  const auto all = static_cast<Index>(boxes.size());
  if (all <= count) return boxes;
  for (Index i = 0; i < count; ++i)
    std::swap(boxes[static_cast<std::size_t>(i)],
              boxes[static_cast<std::size_t>(i + rng.below(all - i))]);
  boxes.resize(static_cast<std::size_t>(count));
  return boxes;
}

}  // namespace thalweg
