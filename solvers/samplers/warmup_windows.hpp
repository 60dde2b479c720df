// When the warm-up learns the metric, as in Stan: a fast phase of 75 transitions, windows of 25,
// 50, 100, ... transitions of which the last stretches, and a fast phase of 50. Where these do not
// fit, 15 %, 75 % and 10 %; below 20 transitions no metric is learnt.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace thalweg {

struct WarmupWindows {
  std::int64_t length = 0;              ///< transitions of warm-up
  std::int64_t first = 0;               ///< the first that a metric is learnt from
  std::int64_t last_phase = 0;          ///< the first after the last window
  std::vector<std::int64_t> last_of{};  ///< the last transition of each window, from 0

  WarmupWindows() = default;
  explicit WarmupWindows(std::int64_t transitions) : length(transitions) {
    if (length < 20) return;
    std::int64_t end_phase = 50, size = 25;
    first = 75;
    if (first + size + end_phase > length) {
      first = length * 15 / 100;
      end_phase = length / 10;
      size = length - first - end_phase;
    }
    last_phase = length - end_phase;
    std::int64_t end = first + size;
    last_of.push_back(end - 1);
    while (end < last_phase) {
      size *= 2;
      end += size;
      if (end + 2 * size > last_phase) end = last_phase;  // the window after this would not fit
      last_of.push_back(end - 1);
    }
  }

  [[nodiscard]] bool learns_metric(std::int64_t n) const { return n >= first && n < last_phase; }
  [[nodiscard]] bool ends_window(std::int64_t n) const {
    return std::ranges::find(last_of, n) != last_of.end();
  }
};

}  // namespace thalweg
