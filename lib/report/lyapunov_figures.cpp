#include <thalweg/report/lyapunov_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/with_error.hpp>

namespace thalweg::report {

namespace {

using Role = Curve::Role;
constexpr Index most_curves = 6, most_exponents = 4;

std::string unit_of(const RunFile& file, const std::string& dataset) {
  const auto unit = file.file().attribute("/lyapunov/" + dataset, "units");
  return unit ? to_text(*unit) : "1";
}

Figure settling(const RunFile& file, const Record& record, const RunVariable& exponent, Index j) {
  const Index starts = exponent.shape[0], k = exponent.shape[1];
  Figure f{.title = fmt::format("Exponent {} of {}", j + 1, k),
           .caption = fmt::format(
               "The exponent so far against the {}, from each start; dotted: three standard "
               "errors around the first.",
               time_name(file, record)),
           .x_label = time_name(file, record),
           .y_label = "exponent [" + exponent.unit + "]",
           .x_scale = Scale::log,
           .y_scale = Scale::linear,
           .lines_only = true,
           .gaps_are_told = true};
  const auto t = file.column(record, record.time_axis);
  for (Index s = 0; s < std::min(starts, most_curves); ++s)
    f.curves.push_back(
        {fmt::format("start {}", s), Role::part, t, file.column(record, exponent.name, s * k + j)});
  if (!record.find("exponent_error")) return f;
  const auto error = file.column(record, "exponent_error", j);
  for (const double side : {-3.0, 3.0}) {
    Curve edge{"", Role::band, t, f.curves.front().y};
    for (std::size_t i = 0; i < edge.y.size(); ++i) edge.y[i] += side * error[i];
    f.curves.push_back(std::move(edge));
  }
  return f;
}

Figure spectrum(const std::vector<double>& mean, const std::vector<double>& error,
                const std::vector<double>& theory, const std::string& unit) {
  Figure f{.title = "Spectrum of exponents",
           .caption = "Mean over the orbits, and three standard errors on either side.",
           .x_label = "rank of the exponent",
           .y_label = "exponent [" + unit + "]",
           .x_scale = Scale::linear,
           .y_scale = Scale::linear,
           .lines_only = true,
           .gaps_are_told = true};
  Curve middle{"", Role::points, {}, {}}, zero{"", Role::theory, {}, {}};
  for (std::size_t j = 0; j < mean.size(); ++j) {
    const double rank = static_cast<double>(j + 1);
    middle.x.push_back(rank);
    middle.y.push_back(mean[j]);
    zero.x.push_back(rank);
    zero.y.push_back(0.0);
    if (std::isfinite(error[j]))
      f.curves.push_back({"",
                          Role::companion,
                          {rank, rank},
                          {mean[j] - 3.0 * error[j], mean[j] + 3.0 * error[j]}});
  }
  f.curves.push_back(std::move(zero));
  if (!theory.empty()) {
    f.caption += " The line: theory.";
    f.curves.push_back({"", Role::theory, middle.x, theory});
  }
  f.curves.push_back(std::move(middle));
  return f;
}

}  // namespace

std::vector<Figure> lyapunov_figures(const RunFile& file) {
  if (!file.file().is_group("/lyapunov")) return {};
  std::vector<Figure> all;
  for (const auto& record : file.records())
    if (const auto* v = record.find("exponent"); v && v->shape.size() == 2 && record.rows > 1)
      for (Index j = 0; j < std::min(v->shape[1], most_exponents); ++j)
        all.push_back(settling(file, record, *v, j));
  const auto mean = file.file().read("/lyapunov/mean_exponent");
  if (mean.size() > 1 && std::isfinite(mean[0]))
    all.push_back(spectrum(mean, file.file().read("/lyapunov/mean_exponent_error"),
                           file.file().exists("/lyapunov/exponent_theory")
                               ? file.file().read("/lyapunov/exponent_theory")
                               : std::vector<double>{},
                           unit_of(file, "mean_exponent")));
  return all;
}

std::vector<std::pair<std::string, std::string>> lyapunov_numbers(const RunFile& file) {
  if (!file.file().is_group("/lyapunov")) return {};
  std::vector<std::pair<std::string, std::string>> all;
  const auto mean = file.file().read("/lyapunov/mean_exponent");
  const auto error = file.file().read("/lyapunov/mean_exponent_error");
  const auto text = [](double value, double its_error) {
    return std::isfinite(its_error) ? with_error(value, its_error, " ± ")
                                    : fmt::format("{:.6g}", value);
  };
  const auto unit = unit_of(file, "mean_exponent");
  for (std::size_t j = 0; j < std::min<std::size_t>(mean.size(), 5); ++j)
    if (std::isfinite(mean[j]))
      all.emplace_back(fmt::format("exponent {} [{}]", j + 1, unit), text(mean[j], error[j]));
  const auto one = [&](const std::string& dataset, const char* words) {
    const auto value = file.file().read("/lyapunov/" + dataset);
    if (value.size() != 1 || !std::isfinite(value[0])) return;
    const auto its_error = "/lyapunov/" + dataset + "_error";
    all.emplace_back(words, text(value[0], file.file().exists(its_error)
                                               ? file.file().read(its_error).at(0)
                                               : std::numeric_limits<double>::quiet_NaN()));
  };
  one("mean_volume_rate", "rate of volumes, the sum of all");
  one("mean_kaplan_yorke", "Kaplan-Yorke dimension");
  const auto outcome = file.file().read_integers("/lyapunov/outcome");
  const char* const names[] = {"", "superstable", "escaped", "not finite"};
  for (int o = 1; o < 4; ++o)
    if (const auto n = std::count(outcome.begin(), outcome.end(), o))
      all.emplace_back(names[o], fmt::format("{} of {} orbits", n, outcome.size()));
  return all;
}

}  // namespace thalweg::report
