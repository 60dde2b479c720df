#include <thalweg/run/plane/plane_output.hpp>

#include <fmt/format.h>

#include <limits>
#include <thalweg/numerics/box_counting.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void put_scales(const PutArray& put_array, const PlaneField& field, const PlaneSummary& found,
                Index planned) {
  const Axis axis{.name = "scale", .size = planned, .long_name = "from the largest boxes on"};
  const auto put = [&](const std::string& name, const std::string& long_name, bool approximate,
                       auto value) {
    std::vector<double> values;
    for (const auto& s : found.scales) values.push_back(value(s));
    values.resize(static_cast<std::size_t>(planned), nan);
    put_array(
        "/scales",
        Variable{.name = name, .long_name = long_name, .axes = {axis}, .approximate = approximate},
        values);
  };
  using S = PlaneSummary::Scale;
  for (std::size_t a = 0; a < 2; ++a)
    put(fmt::format("side_{}", a == 0 ? "x" : "y"), "side of a box, " + field.axes()[a].long_name,
        false, [a](const S& s) { return s.side[a]; });
  put("boxes", "boxes of the whole window that the boundary meets, from drawn windows", true,
      [](const S& s) { return s.boxes; });
  put("boxes_error", "its standard error, over groups of windows", true,
      [](const S& s) { return s.boxes_error; });
  put("dimension", "box dimension of the whole boundary from the scale before to this one", true,
      [](const S& s) { return s.dimension; });
  put("dimension_error", "its standard error, over groups of windows", true,
      [](const S& s) { return s.dimension_error; });
}

}  // namespace

void put_level(RunOutput& output, const PlaneField& field, Index number, const Window& window,
               std::span<const double> values, Index resolution) {
  const auto axes = field.axes();
  const auto axis = [&](std::size_t a) {
    Axis coordinate{.name = axes[a].name, .size = resolution, .long_name = axes[a].long_name};
    for (Index i = 0; i < resolution; ++i)
      coordinate.values.push_back(window.at(static_cast<int>(a), i, resolution));
    return coordinate;
  };
  const Variable measure{
      .name = "measure",
      .long_name = field.long_name(),
      .comment = fmt::format("positive: {}; negative: {}", field.positive(), field.negative()),
      .axes = {axis(1), axis(0)}};
  output.put(fmt::format("/levels/level_{:02}", number), measure, values);
}

PlaneSummary plane_numbers(const std::vector<Level>& levels) {
  PlaneSummary all;
  std::vector<double> slopes;
  for (const auto& level : levels) {
    const auto& b = level.boundary;
    slopes.insert(slopes.end(), b.slopes.begin(), b.slopes.end());
    all.levels.push_back({.centre = level.window.centre,
                          .width = level.window.width,
                          .boundary_cells = b.cells,
                          .positive_share = b.positive_share,
                          .dimension = quantile(b.slopes, 0.5)});
    all.work += level.work;
  }
  all.dimension = quantile(slopes, 0.5);
  all.lower_quartile = quantile(slopes, 0.25);
  all.upper_quartile = quantile(slopes, 0.75);
  all.slopes = static_cast<Index>(slopes.size());
  return all;
}

void add_scales(PlaneSummary& all, const std::vector<BoxParts>& groups, Index ratio,
                const Window& whole) {
  if (groups.front().empty()) return;
  const auto growth = box_growth(groups, static_cast<double>(ratio));
  double side = 1.0;
  for (std::size_t k = 0; k < growth.boxes.size(); ++k) {
    side /= static_cast<double>(ratio);
    all.scales.push_back({.side = {side * whole.width[0], side * whole.width[1]},
                          .boxes = growth.boxes[k],
                          .boxes_error = growth.boxes_error[k],
                          .dimension = growth.dimension[k],
                          .dimension_error = growth.dimension_error[k]});
  }
  all.whole_dimension = growth.whole;
  all.whole_dimension_error = growth.whole_error;
}

void put_numbers(const PutArray& put_array, const PlaneField& field, const PlaneSummary& found,
                 const std::vector<Level>& levels, const PlaneConfig& config) {
  const Index planned = config.zoom.levels;
  const Axis axis{
      .name = "level", .size = planned, .long_name = "picture, from the whole window inwards"};
  const auto put = [&](const std::string& name, const std::string& long_name, auto value) {
    std::vector<double> values;
    for (const auto& l : found.levels) values.push_back(value(l));
    values.resize(static_cast<std::size_t>(planned), nan);
    put_array("/zoom", Variable{.name = name, .long_name = long_name, .axes = {axis}}, values);
  };
  using L = PlaneSummary::Level;
  for (std::size_t a = 0; a < 2; ++a) {
    const char* const letter = a == 0 ? "x" : "y";
    const auto what = field.axes()[a].long_name;
    put(fmt::format("centre_{}", letter), "centre of the window, " + what,
        [a](const L& l) { return l.centre[a]; });
    put(fmt::format("width_{}", letter), "width of the window, " + what,
        [a](const L& l) { return l.width[a]; });
  }
  put("boundary_cells", "cells of the grid through which the boundary passes",
      [](const L& l) { return static_cast<double>(l.boundary_cells); });
  put("positive_share", "share of the points where " + field.positive(),
      [](const L& l) { return l.positive_share; });
  put("dimension", "box dimension of the boundary, median of the level's slopes",
      [](const L& l) { return l.dimension; });
  if (!levels.empty()) {
    const auto& sizes = levels.front().boundary.sizes;
    Axis boxes{.name = "box_size",
               .size = static_cast<Index>(sizes.size()),
               .long_name = "side of a box, in cells"};
    boxes.values.assign(sizes.begin(), sizes.end());
    std::vector<double> counts;
    for (const auto& l : levels)
      counts.insert(counts.end(), l.boundary.counts.begin(), l.boundary.counts.end());
    counts.resize(static_cast<std::size_t>(planned) * sizes.size(), nan);
    put_array("/zoom",
              Variable{.name = "box_count",
                       .long_name = "boxes that meet the boundary",
                       .axes = {axis, boxes}},
              counts);
  }
  const auto number = [&](const char* name, const char* long_name, double value) {
    put_array("/boundary",
              Variable{.name = name,
                       .long_name = long_name,
                       .comment = "of the slopes -d ln N / d ln s between neighbouring box sizes, "
                                  "of all levels together",
                       .approximate = true},
              std::span<const double>(&value, 1));
  };
  number("dimension", "box dimension of the boundary, median", found.dimension);
  number("dimension_lower_quartile", "lower quartile", found.lower_quartile);
  number("dimension_upper_quartile", "upper quartile", found.upper_quartile);
  if (!config.dimension) return;
  put_scales(put_array, field, found, config.dimension->scales);
  const auto whole = [&](const char* name, const char* long_name, double value) {
    put_array("/boundary",
              Variable{.name = name,
                       .long_name = long_name,
                       .comment = "-d ln N / d ln s between the largest and the smallest boxes of "
                                  "/scales",
                       .approximate = true},
              std::span<const double>(&value, 1));
  };
  whole("whole_dimension", "box dimension of the whole boundary", found.whole_dimension);
  whole("whole_dimension_error", "its standard error, over groups of windows",
        found.whole_dimension_error);
}

}  // namespace thalweg
