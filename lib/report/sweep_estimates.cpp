#include <thalweg/report/sweep_estimates.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace thalweg::report {

namespace {

using Role = Curve::Role;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_entries = 4, most_bars = 60;

/// Values of all members, those that failed as NaN.
struct Estimates {
  std::vector<double> value{}, error{}, known{};
  std::size_t entries = 1;

  [[nodiscard]] double error_at(std::size_t i) const { return error.empty() ? nan : error[i]; }
  /// In standard errors; NaN where there is none, or none above rounding.
  [[nodiscard]] double deviation(std::size_t i) const {
    const double size = std::max(std::abs(value[i]), std::abs(known_at(i)));
    return error_at(i) > 1e-12 * size ? (value[i] - known_at(i)) / error_at(i) : nan;
  }
  [[nodiscard]] double known_at(std::size_t i) const { return known.empty() ? nan : known[i]; }
};

Estimates estimates(const SweepView& sweep, const SweepVariable& v) {
  Estimates e{.value = sweep.read(v), .entries = v.size()};
  for (std::size_t i = 0; i < e.value.size(); ++i)
    if (sweep.failed(i / e.entries)) e.value[i] = nan;
  if (const auto* error = error_of(sweep, v); error && error->size() == v.size())
    e.error = sweep.read(*error);
  const auto known = "/" + v.name + "_reference";
  if (sweep.file().exists(known)) e.known = sweep.file().read(known);
  return e;
}

double place(const SweepAxis& axis, std::size_t member) {
  return axis.texts.empty() ? axis.values[member] : static_cast<double>(member);
}

Figure begin(const SweepView& sweep, const SweepVariable& v, std::size_t a) {
  const auto& axis = sweep.axes()[a];
  Figure f{.title = sweep.title(v),
           .x_label = axis.label(),
           .y_label = v.label(),
           .x_scale = axis.texts.empty() ? axis.scale : Scale::linear,
           .y_scale = Scale::linear,
           .lines_only = true,
           .gaps_are_told = true};
  if (!axis.texts.empty()) {
    f.x_label = "member";
    for (std::size_t i = 0; i < axis.texts.size(); ++i)
      f.marks.push_back({static_cast<double>(i), axis.texts[i]});
  }
  return f;
}

Figure values(const SweepView& sweep, const SweepVariable& v, const Estimates& e, std::size_t a) {
  const auto& axis = sweep.axes()[a];
  const bool bars = sweep.members() <= most_bars;
  Figure f = begin(sweep, v, a);
  f.caption = fmt::format("{}: {}.", v.name, v.long_name);
  if (!e.error.empty())
    f.caption += bars ? " Bars are three standard errors on either side."
                      : " Dashed: three standard errors on either side.";
  for (std::size_t k = 0; k < e.entries; ++k) {
    Curve points{e.entries > 1 ? fmt::format("{} {}", v.axes[0], k + 1) : "",
                 axis.texts.empty() ? Role::part : Role::points,
                 {},
                 {}};
    Curve low{"", Role::band, {}, {}};
    for (std::size_t i = 0; i < sweep.members(); ++i) {
      const std::size_t at = i * e.entries + k;
      const double x = place(axis, i), y = e.value[at], error = 3.0 * e.error_at(at);
      points.x.push_back(x);
      points.y.push_back(y);
      low.x.push_back(x);
      low.y.push_back(y - error);
      if (bars && std::isfinite(y) && error > 0.0)
        f.curves.push_back({"", Role::band, {x, x}, {y - error, y + error}});
    }
    if (!bars && !e.error.empty()) {
      Curve high = low;
      for (std::size_t i = 0; i < high.y.size(); ++i) high.y[i] = 2.0 * points.y[i] - low.y[i];
      f.curves.push_back(std::move(low));
      f.curves.push_back(std::move(high));
    }
    f.curves.push_back(std::move(points));
  }
  if (!e.known.empty()) {
    f.caption += " Rings: known values, which come from elsewhere.";
    Curve known{"known", Role::known, {}, {}};
    for (std::size_t i = 0; i < e.known.size(); ++i) {
      known.x.push_back(place(axis, i / e.entries));
      known.y.push_back(e.known[i]);
    }
    f.curves.push_back(std::move(known));
  }
  return f;
}

/// (measured - known) in standard errors.
Figure deviations(const SweepView& sweep, const SweepVariable& v, const Estimates& e,
                  std::size_t a) {
  Figure f = begin(sweep, v, a);
  f.title += ": measured - known";
  f.y_label = "difference / standard error";
  f.caption =
      "How far the measured values are from the known ones, in standard errors; dashed: three of "
      "them. What is known to fewer digits than the error may be further away.";
  const auto& axis = sweep.axes()[a];
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t k = 0; k < e.entries; ++k) {
    Curve points{e.entries > 1 ? fmt::format("{} {}", v.axes[0], k + 1) : "", Role::points, {}, {}};
    for (std::size_t i = 0; i < sweep.members(); ++i) {
      const std::size_t at = i * e.entries + k;
      low = std::min(low, place(axis, i));
      high = std::max(high, place(axis, i));
      points.x.push_back(place(axis, i));
      points.y.push_back(e.deviation(at));
    }
    f.curves.push_back(std::move(points));
  }
  for (const double edge : {-3.0, 0.0, 3.0})
    f.curves.push_back({"", edge == 0.0 ? Role::theory : Role::band, {low, high}, {edge, edge}});
  return f;
}

}  // namespace

std::optional<std::size_t> telling_axis(const SweepView& sweep) {
  std::optional<std::size_t> found;
  for (std::size_t a = 0; a < sweep.axes().size(); ++a) {
    const auto& axis = sweep.axes()[a];
    if (!sweep.grid() && axis.name == "title" && axis.different().size() == sweep.members())
      return a;
    if (axis.size() < 2) continue;
    if (found) return std::nullopt;
    found = a;
  }
  return found;
}

const SweepVariable* error_of(const SweepView& sweep, const SweepVariable& v) {
  for (const auto& other : sweep.collected())
    if (other.name == v.name + "_error") return &other;
  return nullptr;
}

bool is_error(const SweepView& sweep, const SweepVariable& v) {
  return std::any_of(sweep.collected().begin(), sweep.collected().end(),
                     [&](const auto& other) { return error_of(sweep, other) == &v; });
}

std::vector<Figure> estimate_figures(const SweepView& sweep, const SweepVariable& v) {
  if (v.axes.size() > 1 || v.size() > most_entries || v.tail() || v.series()) return {};
  const auto e = estimates(sweep, v);
  const auto a = telling_axis(sweep);
  if (!a || (e.error.empty() && e.known.empty() && v.axes.empty())) return {};
  if (std::none_of(e.value.begin(), e.value.end(), [](double x) { return std::isfinite(x); }))
    return {};
  std::vector<Figure> all{values(sweep, v, e, *a)};
  if (!e.known.empty() && !e.error.empty()) all.push_back(deviations(sweep, v, e, *a));
  return all;
}

HtmlTable estimate_table(const SweepView& sweep, const SweepVariable& v) {
  const auto e = estimates(sweep, v);
  HtmlTable table;
  if (e.known.empty()) return table;
  const auto a = telling_axis(sweep);
  table.head = {a ? sweep.axes()[*a].label() : "member"};
  if (e.entries > 1) table.head.push_back(v.axes[0]);
  table.head.insert(table.head.end(),
                    {"measured" + (v.unit == "1" ? std::string() : " [" + v.unit + "]"),
                     "standard error", "known", "difference", "in standard errors"});
  for (std::size_t i = e.entries > 1 ? 2 : 1; i < table.head.size(); ++i)
    table.numeric.push_back(i);
  const auto text = [](const char* form, double x) {
    return std::isfinite(x) ? fmt::format(fmt::runtime(form), x) : std::string("-");
  };
  for (std::size_t at = 0; at < e.value.size(); ++at) {
    const std::size_t i = at / e.entries;
    const double y = e.value[at], known = e.known_at(at), error = e.error_at(at);
    if (!std::isfinite(known) && !std::isfinite(y)) continue;
    std::vector<std::string> row{a ? sweep.axes()[*a].text(i) : sweep.words(i)};
    if (e.entries > 1) row.push_back(std::to_string(at % e.entries + 1));
    row.insert(row.end(), {text("{:.6g}", y), text("{:.2g}", error), text("{:.6g}", known),
                           text("{:.2g}", y - known), text("{:.1f}", e.deviation(at))});
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace thalweg::report
