// Which scale a figure gets, and that its ticks can be read.
#include "support/catch.hpp"

#include <cmath>
#include <limits>
#include <thalweg/report/axis.hpp>

using namespace thalweg::report;

namespace {

PlotAxis axis_of(const std::vector<double>& values, Scale wanted = Scale::automatic) {
  Extent extent;
  extent.add(values);
  return make_axis(extent, wanted);
}

std::size_t labelled(const PlotAxis& axis) {
  std::size_t n = 0;
  for (const auto& t : axis.ticks) n += !t.label.empty();
  return n;
}

}  // namespace

TEST_CASE("an axis is logarithmic when the data are positive over decades", "[report][unit]") {
  CHECK(axis_of({1.0, 0.1, 1e-3}).log);
  CHECK_FALSE(axis_of({1.0, 0.5, 0.3}).log);
  CHECK_FALSE(axis_of({-1.0, 0.1, 1e-3}).log);
  CHECK_FALSE(axis_of({0.0, 0.0, 0.0, 1.0, 1e-3}).log);
  // A distance starts at zero.
  CHECK(axis_of({0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0}).log);
  CHECK_FALSE(axis_of({1.0, 0.1, 1e-3}, Scale::linear).log);
  CHECK(axis_of({1.0, 0.3}, Scale::log).log);
  CHECK_FALSE(axis_of({-1.0, -2.0, 3.0}, Scale::log).log);
}

TEST_CASE("every axis holds its data and has at least two labels", "[report][property]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  for (const auto& values : std::vector<std::vector<double>>{{},
                                                             {nan, inf},
                                                             {0.0},
                                                             {3.5, 3.5},
                                                             {-7.0},
                                                             {1e-300, 1.0},
                                                             {-7e307, 7e307},
                                                             {1e300, 1e-300},
                                                             {1.0, 1.0 + 1e-12},
                                                             {2.0, 60.0},
                                                             {0.9, 19.0},
                                                             {1e-5, 3e-4},
                                                             {123456.0, 123999.0}}) {
    const auto axis = axis_of(values);
    CAPTURE(values, axis.low, axis.high);
    CHECK(axis.low < axis.high);
    for (const double v : values)
      if (std::isfinite(v)) CHECK((axis.low <= v && v <= axis.high));
    CHECK(labelled(axis) >= 2);
    CHECK(labelled(axis) <= 12);
    for (const auto& t : axis.ticks)
      CHECK((t.at >= axis.low * (1 - 1e-9) - 1e-300 || t.at >= axis.low));
  }
}

TEST_CASE("labels of neighbouring ticks differ", "[report][property]") {
  for (const auto& values : std::vector<std::vector<double>>{
           {0.0, 1.0}, {99.0, 101.0}, {0.0012, 0.0013}, {1e6, 2e6}, {-3e-9, 5e-9}, {1.0, 1e9}}) {
    const auto axis = axis_of(values);
    std::string previous;
    for (const auto& t : axis.ticks) {
      if (t.label.empty()) continue;
      CHECK(t.label != previous);
      previous = t.label;
    }
  }
}

TEST_CASE("time is logarithmic when the change comes early", "[report][unit]") {
  std::vector<double> even, spread, slow, power, flat;
  for (int i = 0; i <= 400; ++i) {
    even.push_back(0.25 * i);
    spread.push_back(1e-3 * std::pow(10.0, i / 80.0));
    slow.push_back(std::exp(-0.25 * i));              // straight on a semi-log plot
    power.push_back(std::pow(1.0 + 25.0 * i, -2.0));  // straight on a log-log plot
  }
  CHECK(time_scale(spread, slow) == Scale::log);
  CHECK(time_scale(even, slow) == Scale::linear);
  CHECK(time_scale(even, power) == Scale::log);
  CHECK(time_scale({}, {}) == Scale::linear);
}
