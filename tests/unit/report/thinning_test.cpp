// What a thinned curve must keep: extremes, ends, gaps.
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/report/thinning.hpp>

using thalweg::report::thin_curve;
using thalweg::report::thin_path;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<double> ramp(std::size_t n) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i);
  return x;
}

bool contains(const std::vector<std::size_t>& kept, std::size_t i) {
  return std::find(kept.begin(), kept.end(), i) != kept.end();
}

}  // namespace

TEST_CASE("thinning keeps every spike at its full height", "[report][property]") {
  constexpr std::size_t n = 100000;
  const auto x = ramp(n);
  std::vector<double> y(n, 1.0);
  const std::vector<std::size_t> spikes{17, 40001, 40002, 77777, n - 2};
  for (const auto i : spikes) y[i] = i % 2 ? 50.0 : -50.0;
  const auto kept = thin_curve(x, y, static_cast<double>(n) / 600.0, 0.3);
  for (const auto i : spikes) CHECK(contains(kept, i));
  // Two points for each of 600 columns, and the ends.
  CHECK(kept.size() <= 2 * 600 + 2);
  CHECK(std::is_sorted(kept.begin(), kept.end()));
}

TEST_CASE("thinning keeps the range of every pixel column", "[report][property]") {
  constexpr std::size_t n = 30000;
  const double width = 50.0;
  const auto x = ramp(n);
  std::vector<double> y(n);
  for (std::size_t i = 0; i < n; ++i) y[i] = std::sin(1e-3 * x[i] * x[i]) * (1.0 + 1e-4 * x[i]);
  const auto kept = thin_curve(x, y, width, 0.01);
  for (std::size_t first = 0; first < n; first += 50) {
    const auto [low, high] =
        std::minmax_element(y.begin() + static_cast<std::ptrdiff_t>(first),
                            y.begin() + static_cast<std::ptrdiff_t>(first + 50));
    CHECK(contains(kept, static_cast<std::size_t>(low - y.begin())));
    CHECK(contains(kept, static_cast<std::size_t>(high - y.begin())));
  }
}

TEST_CASE("thinning keeps both ends of a curve and one gap between its pieces",
          "[report][property]") {
  const auto x = ramp(1000);
  std::vector<double> y(1000, 2.0);
  for (std::size_t i = 300; i < 400; ++i) y[i] = not_a_number;
  y[0] = y[1] = y[999] = not_a_number;
  const auto kept = thin_curve(x, y, 10.0, 1.0);
  CHECK(kept.front() == 2);
  CHECK(kept.back() == 998);
  CHECK(contains(kept, 299));
  CHECK(contains(kept, 400));
  const auto gaps =
      std::count_if(kept.begin(), kept.end(), [&](auto i) { return std::isnan(y[i]); });
  CHECK(gaps == 1);
}

TEST_CASE("thinning of nothing, one point and only gaps", "[report][property]") {
  CHECK(thin_curve({}, {}, 1.0, 1.0).empty());
  const std::vector<double> one{3.0}, gap{not_a_number, not_a_number};
  CHECK(thin_curve(one, one, 1.0, 1.0) == std::vector<std::size_t>{0});
  CHECK(thin_curve(gap, gap, 1.0, 1.0).empty());
  CHECK(thin_path(one, one, 1.0, 1.0) == std::vector<std::size_t>{0});
}

TEST_CASE("a thinned path stays within a pixel of the path", "[report][property]") {
  constexpr std::size_t n = 20000;
  std::vector<double> x(n), y(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double t = 1e-3 * static_cast<double>(i);
    x[i] = std::exp(-0.1 * t) * std::cos(5.0 * t);
    y[i] = std::exp(-0.1 * t) * std::sin(5.0 * t);
  }
  const double pixel = 0.01;
  const auto kept = thin_path(x, y, pixel, pixel);
  // Consecutive points are at least half a pixel apart; the spiral is int 5 exp(-0.1 t) dt long.
  CHECK(static_cast<double>(kept.size()) <= 50.1 * (1.0 - std::exp(-2.0)) / (0.5 * pixel) + 2.0);
  CHECK(kept.back() == n - 1);
  std::size_t k = 0;
  double farthest = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    if (k + 1 < kept.size() && kept[k + 1] <= i) ++k;
    farthest = std::max(farthest, std::hypot(x[i] - x[kept[k]], y[i] - y[kept[k]]));
  }
  CHECK(farthest <= pixel);
}
