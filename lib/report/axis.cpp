#include <thalweg/report/axis.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace thalweg::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// With a minus sign instead of a hyphen.
std::string signed_text(std::string text) {
  for (auto at = text.find('-'); at != std::string::npos; at = text.find('-', at))
    text.replace(at, 1, "−");
  return text;
}

/// "0.05", "2000", "2×10^{−7}", with the decimals that the step of the axis needs.
std::string tick_label(double value, double step, double largest) {
  if (value == 0.0) return "0";
  if (largest >= 1e5 || largest < 1e-3) {
    const int power = static_cast<int>(std::floor(std::log10(largest) + 1e-9));
    const double unit = std::pow(10.0, power);
    const int decimals =
        std::clamp(static_cast<int>(std::ceil(-std::log10(step / unit) - 1e-9)), 0, 6);
    const std::string mantissa = fmt::format("{:.{}f}", value / unit, decimals);
    return signed_text(fmt::format("{}×10^{{{}}}", mantissa, power));
  }
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 8);
  return signed_text(fmt::format("{:.{}f}", value, decimals));
}

/// 1, 2 or 5 times a power of ten: about `count` of them in the range.
double nice_step(double range, double count) {
  const double raw = range / count;
  const double unit = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double m : {1.0, 2.0, 5.0})
    if (raw <= m * unit * (1.0 + 1e-9)) return m * unit;
  return 10.0 * unit;
}

std::vector<Tick> linear_ticks(double low, double high) {
  const double step = nice_step(high - low, 6.0);
  const double largest = std::max(std::abs(low), std::abs(high));
  std::vector<Tick> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1.0)
    ticks.push_back({k * step, tick_label(k * step, step, largest)});
  return ticks;
}

/// "0.05" where such numbers fit the whole axis, else "5×10^{−8}" and "10^{−7}".
std::string log_label(int digit, int power, bool plain) {
  if (plain) return fmt::format("{:g}", digit * std::pow(10.0, power));
  return signed_text(digit == 1 ? fmt::format("10^{{{}}}", power)
                                : fmt::format("{}×10^{{{}}}", digit, power));
}

std::vector<Tick> log_ticks(double low, double high) {
  const int first = static_cast<int>(std::floor(std::log10(low) - 1e-9));
  const int last = static_cast<int>(std::ceil(std::log10(high) + 1e-9));
  std::vector<Tick> ticks;
  const auto inside = [&](double x) { return x >= low * (1 - 1e-9) && x <= high * (1 + 1e-9); };
  int decades = 0;
  for (int p = first; p <= last; ++p) decades += inside(std::pow(10.0, p));
  const bool label_digits = decades < 3;
  const int stride = std::max(1, (decades + 6) / 7);
  const bool plain = low >= 1e-4 && high < 1e5;
  for (int p = first; p <= last; ++p) {
    for (const int digit : {1, 2, 3, 4, 5, 6, 7, 8, 9}) {
      const double x = digit * std::pow(10.0, p);
      if (!inside(x)) continue;
      const bool labelled =
          digit == 1 ? p % stride == 0 : label_digits && (digit == 2 || digit == 5);
      if (!labelled && digit > 1 && stride > 1) continue;
      ticks.push_back({x, labelled ? log_label(digit, p, plain) : std::string()});
    }
  }
  return ticks;
}

}  // namespace

double PlotAxis::map(double value) const {
  if (!log) return std::isfinite(value) ? value : nan;
  return value > 0.0 && std::isfinite(value) ? std::log10(value) : nan;
}

void Extent::add(std::span<const double> values) {
  for (const double v : values) {
    if (!std::isfinite(v)) {
      ++not_finite;
      continue;
    }
    if (finite() == 0) low = high = v;
    low = std::min(low, v);
    high = std::max(high, v);
    if (v > 0.0) low_positive = positive == 0 ? v : std::min(low_positive, v);
    ++(v > 0.0 ? positive : v < 0.0 ? negative : zero);
  }
}

bool Extent::suits_log(double ratio) const {
  return negative == 0 && positive > 0 && zero <= finite() / 5 && high / low_positive > ratio;
}

PlotAxis make_axis(const Extent& extent, Scale wanted) {
  PlotAxis axis;
  axis.log = wanted != Scale::linear && extent.suits_log(wanted == Scale::log ? 2.0 : 8.0);
  if (axis.log) {
    const double low = std::log10(extent.low_positive), high = std::log10(extent.high);
    const double pad = std::max(0.03 * (high - low), 0.02);
    axis.low = std::pow(10.0, std::max(low - pad, -307.0));
    axis.high = std::pow(10.0, std::min(high + pad, 308.0));
    axis.ticks = log_ticks(axis.low, axis.high);
    return axis;
  }
  if (extent.finite() > 0) {
    // Halves, because the difference of two huge numbers may overflow.
    const double half = 0.5 * extent.high - 0.5 * extent.low;
    const double pad = half > 0.0           ? 0.08 * half
                       : extent.high != 0.0 ? 0.1 * std::abs(extent.high)
                                            : 1.0;
    const double most = 0.4 * std::numeric_limits<double>::max();
    axis.low = std::max(extent.low - pad, -most);
    axis.high = std::min(extent.high + pad, most);
  }
  axis.ticks = linear_ticks(axis.low, axis.high);
  return axis;
}

Scale time_scale(std::span<const double> time, std::span<const double> curve) {
  std::vector<double> positive;
  for (const double t : time)
    if (t > 0.0) positive.push_back(t);
  if (positive.size() < 8 || (!time.empty() && time.front() < 0.0)) return Scale::linear;
  const double first = positive.front(), last = positive.back();
  if (last / first < 30.0) return Scale::linear;
  if (positive[positive.size() / 2] < 0.1 * last) return Scale::log;

  // Variation of the curve, in decades where it is positive, in the first tenth and in all.
  Extent extent;
  extent.add(curve);
  const PlotAxis axis = make_axis(extent, Scale::automatic);
  double early = 0.0, all = 0.0, previous = nan;
  for (std::size_t i = 0; i < std::min(time.size(), curve.size()); ++i) {
    const double y = axis.map(curve[i]);
    const double change = std::abs(y - previous);
    if (std::isfinite(change)) {
      all += change;
      if (time[i] <= 0.1 * last) early += change;
    }
    previous = y;
  }
  return early > 0.4 * all ? Scale::log : Scale::linear;
}

}  // namespace thalweg::report
