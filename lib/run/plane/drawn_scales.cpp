#include <thalweg/run/plane/drawn_scales.hpp>

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <thalweg/core/parallel.hpp>
#include <utility>

namespace thalweg {

void edge_to_edge(const Window& window, Index n, std::vector<double>& x, std::vector<double>& y) {
  const auto place = [&](std::size_t a, Index i) {
    return window.centre[a] +
           window.width[a] * (static_cast<double>(i) / static_cast<double>(n) - 0.5);
  };
  for (Index i = 0; i <= n; ++i)
    for (Index j = 0; j <= n; ++j) {
      x.push_back(place(0, j));
      y.push_back(place(1, i));
    }
}

std::vector<Window> met_boxes(std::span<const double> values, Index n, const Window& window,
                              Index ratio) {
  const Index m = n / ratio;
  const auto met = [&](Index row, Index column) {
    Index positive = 0;
    for (Index i = row * m; i <= (row + 1) * m; ++i)
      for (Index j = column * m; j <= (column + 1) * m; ++j)
        positive += values[static_cast<std::size_t>(i * (n + 1) + j)] > 0.0 ? 1 : 0;
    return positive > 0 && positive < (m + 1) * (m + 1);
  };
  std::vector<Window> boxes;
  for (Index i = 0; i < ratio; ++i)
    for (Index j = 0; j < ratio; ++j) {
      if (!met(i, j)) continue;
      Window part{.centre = {window.at(0, j, ratio), window.at(1, i, ratio)},
                  .width = window.width};
      for (auto& w : part.width) w /= static_cast<double>(ratio);
      boxes.push_back(part);
    }
  return boxes;
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

DrawnScales::DrawnScales(const DimensionConfig& config, std::uint64_t seed, const Window& whole)
    : config_(config),
      boxes_(static_cast<std::size_t>(config.groups), {whole}),
      groups_(boxes_.size()) {
  for (std::size_t g = 0; g < boxes_.size(); ++g)
    rngs_.emplace_back(seed, fmt::format("boundary.windows.{}", g));
}

bool DrawnScales::advance(const Points& points,
                          const std::function<void(Index done, Index all)>& told) {
  const bool first = scale_ == 0;
  auto rngs = rngs_;
  std::vector<Window> windows;
  std::vector<std::size_t> group;  // of each window
  for (std::size_t g = 0; g < (first ? 1 : boxes_.size()); ++g)
    for (const auto& w : draw(boxes_[g], config_.windows, rngs[g])) {
      windows.push_back(w);
      group.push_back(g);
    }

  std::vector<std::vector<Window>> parts(windows.size());
  const auto all = static_cast<Index>(windows.size());
  std::mutex mutex;
  std::int64_t work = 0;
  Index done = 0;
  std::atomic<bool> stopped = false;
  parallel_for(all, [&](Index i, int) {
    if (stopped) return;
    const auto& window = windows[static_cast<std::size_t>(i)];
    std::vector<double> x, y;
    edge_to_edge(window, config_.resolution, x, y);
    const auto content = points(scale_, i, x, y);
    if (!content) {
      stopped = true;
      return;
    }
    parts[static_cast<std::size_t>(i)] =
        met_boxes(content->values, config_.resolution, window, config_.ratio);
    const std::scoped_lock lock(mutex);
    work += content->work;
    told(++done, all);
  });
  if (stopped) return false;

  for (std::size_t g = 0; g < boxes_.size(); ++g) {
    boxes_[g].clear();
    groups_[g].emplace_back();
    for (std::size_t i = 0; i < windows.size(); ++i) {
      if (group[i] != (first ? 0 : g)) continue;
      boxes_[g].insert(boxes_[g].end(), parts[i].begin(), parts[i].end());
      groups_[g].back().push_back(static_cast<Index>(parts[i].size()));
    }
  }
  rngs_ = std::move(rngs);
  work_ += work;
  points_ += all * (config_.resolution + 1) * (config_.resolution + 1);
  ++scale_;
  return true;
}

}  // namespace thalweg
