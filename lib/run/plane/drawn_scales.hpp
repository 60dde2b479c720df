// Windows drawn from the whole boundary, scale after scale, for the number of boxes that it meets.
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/numerics/box_growth.hpp>
#include <thalweg/run/plane/plane_config.hpp>
#include <thalweg/run/plane/tile_store.hpp>
#include <thalweg/run/plane/zoom.hpp>

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace thalweg {

/// The points of a window from edge to edge, (n + 1)^2, row by row along y. Boxes share those on
/// their edges and corners, so that no straight piece of the boundary passes a box unseen.
void edge_to_edge(const Window& window, Index n, std::vector<double>& x, std::vector<double>& y);

/// A window cut into ratio x ratio boxes: those whose points, edges included, do not have one sign,
/// row by row. `values` at the points from edge to edge; n is a multiple of the ratio.
std::vector<Window> met_boxes(std::span<const double> values, Index n, const Window& window,
                              Index ratio);

/// `count` of the boxes, each set of them with the same chance, or all when they are not more.
std::vector<Window> draw(std::vector<Window> boxes, Index count, Rng& rng);

class DrawnScales {
 public:
  /// The field at points of the i-th window of a scale; none when the run must stop. May be called
  /// concurrently.
  using Points = std::function<std::optional<Tile>(
      Index scale, Index i, const std::vector<double>& x, const std::vector<double>& y)>;

  DrawnScales(const DimensionConfig& config, std::uint64_t seed, const Window& whole);

  [[nodiscard]] bool finished() const { return scale_ == config_.scales; }
  [[nodiscard]] Index scale() const { return scale_; }  ///< the next one
  /// The next scale, its windows in parallel: one, the whole, for all groups at first. False, and
  /// nothing changed, when the points were stopped. `told(done, all)` after each window, one call
  /// at a time.
  bool advance(const Points& points, const std::function<void(Index done, Index all)>& told);

  [[nodiscard]] const std::vector<BoxParts>& groups() const { return groups_; }
  [[nodiscard]] std::int64_t work() const { return work_; }
  [[nodiscard]] std::int64_t points() const { return points_; }

 private:
  DimensionConfig config_;
  Index scale_ = 0;
  std::vector<Rng> rngs_;                   // of each group
  std::vector<std::vector<Window>> boxes_;  // of each group, to draw from
  std::vector<BoxParts> groups_;
  std::int64_t work_ = 0, points_ = 0;
};

}  // namespace thalweg
