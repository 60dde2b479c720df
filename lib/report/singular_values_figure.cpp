#include <thalweg/report/singular_values_figure.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace thalweg::report {

namespace {

/// Density of ln s as steps over equal bins of log10 s.
struct Histogram {
  double low, width;
  std::size_t bins;

  [[nodiscard]] Curve operator()(std::string label, Curve::Role role,
                                 std::span<const double> values) const {
    std::vector<double> counts(bins);
    for (const double s : values) {
      const double at = (std::log10(s) - low) / width;
      if (!(at >= 0.0 && at <= static_cast<double>(bins))) continue;
      counts[std::min(static_cast<std::size_t>(at), bins - 1)] += 1.0;
    }
    const auto counted = static_cast<double>(values.size());
    Curve curve{std::move(label), role, {std::pow(10.0, low)}, {0.0}};
    for (std::size_t i = 0; i < bins; ++i)
      for (const double side : {0.0, 1.0}) {
        curve.x.push_back(std::pow(10.0, low + width * (static_cast<double>(i) + side)));
        curve.y.push_back(counts[i] / (counted * width * std::log(10.0)));
      }
    curve.x.push_back(curve.x.back());
    curve.y.push_back(0.0);
    return curve;
  }
};

/// Sixteen values for each quantile, evenly spread in ln s: the law, not its steps.
std::vector<double> between(std::span<const double> quantiles) {
  constexpr int parts = 16;
  std::vector<double> all;
  for (std::size_t i = 0; i + 1 < quantiles.size(); ++i)
    for (int k = 0; k < parts; ++k)
      all.push_back(quantiles[i] * std::pow(quantiles[i + 1] / quantiles[i], (k + 0.5) / parts));
  return all;
}

}  // namespace

bool has_singular_values(const RunVariable& variable) {
  return variable.name.ends_with("singular_value") && !variable.axes.empty() &&
         variable.axes.back() == "mode" && variable.shape.back() > 1;
}

std::vector<std::string> beside_singular_values(const RunVariable& variable) {
  return {variable.name + "_theory", variable.name + "_edge"};
}

Figure singular_values_figure(const RunFile& file, const Record& record,
                              const RunVariable& variable) {
  // More decades than this below the largest are left out: small ones are many and alike.
  constexpr double decades = 4.0;
  Figure figure{.title = variable.long_name.substr(0, variable.long_name.find(',')),
                .x_label = "singular value s",
                .y_label = "density of ln s",
                .x_scale = Scale::log,
                .y_scale = Scale::linear,
                .lines_only = true};
  if (figure.title.starts_with('s')) figure.title[0] = 'S';
  const auto row = file.last_row(record, variable);
  const bool told_apart = variable.axes.front() == "regime";
  const std::size_t regimes = told_apart ? static_cast<std::size_t>(variable.shape.front()) : 1;
  const std::size_t each = row.size() / regimes;
  const auto names = told_apart && file.file().exists(record.group + "/regime")
                         ? file.file().read_texts(record.group + "/regime")
                         : std::vector<std::string>(regimes, "measured");
  double largest = 0.0, smallest = INFINITY;
  for (const double s : row)
    if (std::isfinite(s)) largest = std::max(largest, s);
  std::size_t left_out = 0;
  for (const double s : row) {
    if (s < largest * std::pow(10.0, -decades))
      ++left_out;
    else
      smallest = std::min(smallest, s);
  }
  figure.caption = fmt::format("{}, all networks together, in the last row of {}.",
                               variable.long_name, record.name);
  if (left_out > 0)
    figure.caption += fmt::format(
        " {:.3g} % lie below 1e-{:g} of the largest and are not drawn.",
        100.0 * static_cast<double>(left_out) / static_cast<double>(row.size()), decades);
  if (!(largest > 0.0)) return figure;
  constexpr double spread = 0.02;  // one value alone is a bar, not a line
  const double low = std::log10(smallest) - spread, high = std::log10(largest) + spread;
  const auto bins = std::clamp<std::size_t>(each / 25, 10, 80);
  const Histogram histogram{low, (high - low) / static_cast<double>(bins), bins};
  const auto theory = record.find(variable.name + "_theory");
  const auto law = theory ? file.last_row(record, *theory) : std::vector<double>{};
  for (std::size_t r = 0; r < regimes; ++r)
    figure.curves.push_back(histogram(names[r], Curve::Role::part, {row.data() + r * each, each}));
  const std::size_t of_law = law.size() / regimes;
  for (std::size_t r = 0; r < regimes && of_law > 0; ++r) {
    const std::span<const double> mine{law.data() + r * of_law, of_law};
    if (std::all_of(mine.begin(), mine.end(), [](double s) { return std::isfinite(s); }))
      figure.curves.push_back(
          histogram(r == 0 ? "theory" : "", Curve::Role::theory, between(mine)));
  }
  if (const auto* edge = record.find(variable.name + "_edge"))
    for (const double s : file.last_row(record, *edge))
      if (std::isfinite(s)) figure.marks.push_back({s, "edge by theory"});
  return figure;
}

}  // namespace thalweg::report
