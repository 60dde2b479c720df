// The axes of a figure: linear or logarithmic by the data, range, ticks with labels that a reader
// can use.
#pragma once
#include <thalweg/report/figure.hpp>

#include <span>
#include <string>
#include <vector>

namespace thalweg::report {

struct Tick {
  double at = 0.0;
  std::string label{};  ///< gnuplot's enhanced text; empty: a minor tick
};

struct PlotAxis {
  bool log = false;
  double low = 0.0, high = 1.0;  ///< of the axis, in the data's unit
  std::vector<Tick> ticks{};

  /// Coordinate in the plot; NaN for what a log axis cannot show.
  [[nodiscard]] double map(double value) const;
};

/// What there is of finite numbers in some columns.
struct Extent {
  std::size_t negative = 0, zero = 0, positive = 0, not_finite = 0;
  double low = 0.0, high = 0.0;  ///< of the finite ones
  double low_positive = 0.0;     ///< smallest positive one

  void add(std::span<const double> values);
  [[nodiscard]] std::size_t finite() const { return negative + zero + positive; }
  /// Positive, but for a few zeros, with the largest more than `ratio` times the smallest.
  [[nodiscard]] bool suits_log(double ratio) const;
};

/// automatic: logarithmic when the data are positive and span about a decade. log: already when
/// they differ by a factor of 2; never with negative data.
PlotAxis make_axis(const Extent& extent, Scale wanted);

/// Logarithmic when most rows lie in the first tenth of the time, or when the curve does most of
/// its changing there.
Scale time_scale(std::span<const double> time, std::span<const double> curve);

}  // namespace thalweg::report
