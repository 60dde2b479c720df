#include <support/catch.hpp>

#include <cmath>
#include <thalweg/run/plane/drawn_scales.hpp>

using namespace thalweg;

namespace {

// The Sierpinski carpet of the unit square, seen at points: inside as long as no ternary digit
// pair is (1, 1), to a depth that 27 boxes a side cannot see.
double carpet(double x, double y) {
  for (int k = 0; k < 14; ++k) {
    x = 3.0 * (x - std::floor(x));
    y = 3.0 * (y - std::floor(y));
    if (std::floor(x) == 1.0 && std::floor(y) == 1.0) return -1.0;
  }
  return 1.0;
}
double line(double x, double y) { return y - 0.7310123 * x - 0.1234567; }

template <class F>
BoxGrowth growth_of(F field, const DimensionConfig& config, std::uint64_t seed) {
  DrawnScales scales(config, seed, Window{.centre = {0.5, 0.5}, .width = {1.0, 1.0}});
  while (!scales.finished())
    REQUIRE(scales.advance(
        [&](Index, Index, const std::vector<double>& x, const std::vector<double>& y) {
          Tile tile;
          for (std::size_t i = 0; i < x.size(); ++i) tile.values.push_back(field(x[i], y[i]));
          return std::optional(tile);
        },
        [](Index, Index) {}));
  return box_growth(scales.groups(), static_cast<double>(config.ratio));
}

}  // namespace

TEST_CASE("boxes are met where their points, edges included, have both signs", "[drawn_scales]") {
  const Window window{.centre = {1.0, 2.0}, .width = {4.0, 8.0}};
  std::vector<double> x, y, values;
  edge_to_edge(window, 4, x, y);
  REQUIRE(x.size() == 25);
  CHECK(x.front() == -1.0);
  CHECK(x.back() == 3.0);
  CHECK(y.front() == -2.0);
  CHECK(y.back() == 6.0);
  values.assign(25, 1.0);
  values[2] = -1.0;  // on the edge between the two lower boxes
  auto boxes = met_boxes(values, 4, window, 2);
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[1].centre == std::array{2.0, 0.0});
  CHECK(boxes[1].width == std::array{2.0, 4.0});
  Rng rng(1, "test");
  CHECK(draw(boxes, 2, rng).size() == 2);
  CHECK(draw(boxes, 1, rng).size() == 1);
}

TEST_CASE("windows drawn from a line and from the Sierpinski carpet find 1 and 1.893",
          "[drawn_scales]") {
  DimensionConfig config{.scales = 5, .ratio = 8, .groups = 6, .windows = 16, .resolution = 16};
  const auto one = growth_of(line, config, 1);
  // A line meets (|sin| + |cos|) L / s boxes, but for one at its ends.
  CHECK(one.whole == Approx(1.0).epsilon(0.0).margin(0.03));
  CHECK(std::abs(one.whole - 1.0) < 4.0 * one.whole_error);
  // Boxes of eighths fit the carpet's thirds badly, as they do any real set.
  config = {.scales = 4, .ratio = 8, .groups = 6, .windows = 16, .resolution = 32};
  const auto off = growth_of(carpet, config, 2);
  CHECK(off.whole == Approx(std::log(8.0) / std::log(3.0)).epsilon(0.0).margin(0.03));
}

TEST_CASE("every set of boxes is drawn with the same chance", "[drawn_scales]") {
  std::vector<Window> boxes(5);
  for (std::size_t i = 0; i < 5; ++i) boxes[i].centre[0] = static_cast<double>(i);
  Rng rng(3, "test");
  std::vector<int> seen(32, 0);
  for (int t = 0; t < 10000; ++t) {
    std::size_t set = 0;
    for (const auto& w : draw(boxes, 2, rng))
      set |= std::size_t{1} << static_cast<int>(w.centre[0]);
    ++seen[set];
  }
  double chi2 = 0.0;
  int sets = 0;
  for (const int n : seen)
    if (n > 0) {
      ++sets;
      chi2 += (n - 1000.0) * (n - 1000.0) / 1000.0;
    }
  CHECK(sets == 10);
  CHECK(chi2 < 33.7);  // 9 degrees of freedom: once in 10000
}

TEST_CASE("each scale has draws of its own", "[drawn_scales]") {
  const DimensionConfig config{
      .scales = 5, .ratio = 8, .groups = 1, .windows = 1, .resolution = 16};
  DrawnScales scales(config, 1, Window{.centre = {0.5, 0.5}, .width = {1.0, 1.0}});
  std::vector<std::array<double, 2>> corner;
  while (!scales.finished())
    REQUIRE(scales.advance(
        [&](Index, Index, const std::vector<double>& x, const std::vector<double>& y) {
          Tile tile;
          corner.push_back({x.front(), y.front()});
          for (std::size_t i = 0; i < x.size(); ++i) tile.values.push_back(i % 2 ? 1.0 : -1.0);
          return std::optional(tile);
        },
        [](Index, Index) {}));
  std::vector<std::array<double, 2>> place;
  for (std::size_t k = 1; k < 5; ++k) {
    const double s = std::pow(8.0, static_cast<double>(k));
    place.push_back({std::round((corner[k][0] - corner[k - 1][0]) * s),
                     std::round((corner[k][1] - corner[k - 1][1]) * s)});
  }
  CHECK_FALSE((place[0] == place[1] && place[1] == place[2] && place[2] == place[3]));
}
