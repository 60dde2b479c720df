#include <thalweg/report/sweep_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <thalweg/report/run_file.hpp>
#include <thalweg/report/sweep_estimates.hpp>
#include <utility>

namespace thalweg::report {

namespace {

using Role = Curve::Role;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t few = 5;        // curves tell so many values apart better than a map
constexpr std::size_t most_maps = 6;  // of one variable, over further axes
constexpr std::size_t most_curves = 12;
constexpr std::size_t most_bars = 300;

/// At most `most` of n positions, evenly spread, ends included.
std::vector<std::size_t> spread(std::size_t n, std::size_t most) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < std::min(n, most); ++i)
    all.push_back(n <= most ? i : i * (n - 1) / (most - 1));
  return all;
}

/// Where a value stands on an axis of a plot: itself, or its number where it is a text.
double position(const SweepAxis& axis, std::size_t i) {
  if (axis.texts.empty()) return axis.values[i];
  const auto all = axis.different();
  return static_cast<double>(std::find(all.begin(), all.end(), axis.texts[i]) - all.begin());
}

std::string x_label(const SweepAxis& axis) {
  if (axis.texts.empty()) return axis.label();
  std::string names;
  const auto all = axis.different();
  for (const auto i : spread(all.size(), 6))
    names += fmt::format("{}{} {}", names.empty() ? ": " : ", ", i, all[i]);
  return axis.label() + names;
}

Scale x_scale(const SweepAxis& axis) { return axis.texts.empty() ? axis.scale : Scale::linear; }

/// A tick for about seven of the cells.
std::vector<std::string> cell_names(const SweepAxis& axis) {
  std::vector<std::string> names(axis.size());
  const std::size_t stride = (axis.size() + 7) / 8;
  for (std::size_t i = 0; i < axis.size(); i += stride) names[i] = axis.text(i);
  return names;
}

class Planner {
 public:
  explicit Planner(const SweepView& sweep) : sweep_(sweep) {
    for (std::size_t i = 0; i < sweep.members(); ++i) failed_ += sweep.failed(i) ? 1 : 0;
  }

  std::vector<Figure> plan() {
    for (const auto& v : sweep_.collected()) {
      if (is_error(sweep_, v)) continue;  // it is on the figure of its value
      z_ = sweep_.read(v);
      if (std::none_of(z_.begin(), z_.end(), [](double z) { return std::isfinite(z); })) continue;
      if (auto found = estimate_figures(sweep_, v); !found.empty()) {
        std::move(found.begin(), found.end(), std::back_inserter(figures_));
        continue;
      }
      const auto entries = v.tail() ? v.size() / static_cast<std::size_t>(v.shape[0]) : v.size();
      if (v.series())
        whole_series(v);
      else if ((v.tail() || !sweep_.grid()) && entries <= most_curves)
        clouds(v);
      else if (v.axes.empty())
        over_grid(v);
      else if (v.axes == std::vector<std::string>{"rank"})
        over_grid(first_of(v));
    }
    return std::move(figures_);
  }

 private:
  /// The first of an order, such as the largest exponent, in place of all.
  SweepVariable first_of(const SweepVariable& v) {
    for (std::size_t i = 0; i < sweep_.members(); ++i) z_[i] = z_[i * v.size()];
    z_.resize(sweep_.members());
    SweepVariable first = v;
    first.long_name = "rank 1 of " + v.long_name;
    first.axes.clear();
    first.shape.clear();
    return first;
  }

  [[nodiscard]] Figure begin(const SweepVariable& v) const {
    return {.title = sweep_.title(v),
            .caption = fmt::format("{}: {}, {}.", v.name, v.long_name, v.comment),
            .gaps_are_told = true};
  }

  /// NaN for a member that failed.
  [[nodiscard]] double sound(std::size_t member) const {
    return sweep_.failed(member) ? nan : z_[member];
  }

  void tell_failures(Figure& figure) const {
    if (failed_ > 0)
      figure.caption +=
          fmt::format(" Members that failed ({} of {}) are left out.", failed_, sweep_.members());
  }

  void over_grid(const SweepVariable& v) {
    const auto& axes = sweep_.axes();
    // The two longest axes span the picture; equally long ones in their order.
    std::vector<std::size_t> order(axes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return axes[a].size() > axes[b].size(); });
    if (axes.size() == 1 || axes[order[1]].size() == 1) return curves(v, order[0], axes.size());
    if (axes[order[1]].size() <= few) return curves(v, order[0], order[1]);
    maps(v, std::min(order[0], order[1]), std::max(order[0], order[1]));
  }

  /// Members that differ in axis `along` (and `beside`) alone from one that has the rest `at`.
  [[nodiscard]] std::size_t member(const std::vector<std::size_t>& at) const {
    std::size_t index = 0;
    for (std::size_t i = 0; i < at.size(); ++i) index = index * sweep_.axes()[i].size() + at[i];
    return index;
  }

  /// Combinations of the axes that are not in the picture, and their words.
  template <class F>
  void for_each_rest(std::size_t one, std::size_t two, std::size_t most, F f) const {
    const auto& axes = sweep_.axes();
    std::size_t n = 1;
    for (std::size_t i = 0; i < axes.size(); ++i)
      if (i != one && i != two) n *= axes[i].size();
    for (std::size_t k : spread(n, most)) {
      std::vector<std::size_t> at(axes.size(), 0);
      std::string words;
      for (std::size_t i = axes.size(); i-- > 0;) {
        if (i == one || i == two) continue;
        at[i] = k % axes[i].size();
        k /= axes[i].size();
        if (axes[i].size() > 1)
          words = ", " + axes[i].label() + " = " + axes[i].text(at[i]) + words;
      }
      f(at, words, n);
    }
  }

  /// `beside`: an axis with few values, each a curve; axes.size(): none.
  void curves(const SweepVariable& v, std::size_t along, std::size_t beside) {
    const auto& axes = sweep_.axes();
    for_each_rest(along, beside, most_maps,
                  [&](std::vector<std::size_t> at, const std::string& words, std::size_t) {
                    Figure figure = begin(v);
                    figure.title += words;
                    figure.x_label = x_label(axes[along]);
                    figure.y_label = v.label();
                    figure.x_scale = x_scale(axes[along]);
                    const std::size_t parts = beside < axes.size() ? axes[beside].size() : 1;
                    const auto* const error = error_of(sweep_, v);
                    const auto errors = error && parts * axes[along].size() <= most_bars
                                            ? sweep_.read(*error)
                                            : std::vector<double>{};
                    if (!errors.empty()) {
                      figure.lines_only = true;
                      figure.caption += " Bars are three standard errors on either side.";
                    }
                    for (std::size_t p = 0; p < parts; ++p) {
                      Curve curve;
                      if (beside < axes.size()) {
                        at[beside] = p;
                        curve.role = Role::part;
                        curve.label = axes[beside].label() + " " + axes[beside].text(p);
                      }
                      for (std::size_t i = 0; i < axes[along].size(); ++i) {
                        at[along] = i;
                        const double x = position(axes[along], i), y = sound(member(at));
                        curve.x.push_back(x);
                        curve.y.push_back(y);
                        if (errors.empty() || !(errors[member(at) * error->size()] > 0.0)) continue;
                        const double bar = 3.0 * errors[member(at) * error->size()];
                        figure.curves.push_back({"", Role::band, {x, x}, {y - bar, y + bar}});
                      }
                      figure.curves.push_back(std::move(curve));
                    }
                    tell_failures(figure);
                    figures_.push_back(std::move(figure));
                  });
  }

  /// Logarithmic where the numbers span a decade and a half. A few small ones do not count; a few
  /// large ones do, since they would leave no room for the others.
  [[nodiscard]] Scale scale_of(std::size_t each) const {
    std::vector<double> all;
    for (std::size_t i = 0; i < z_.size(); ++i)
      if (!sweep_.failed(i / each) && std::isfinite(z_[i])) all.push_back(z_[i]);
    std::sort(all.begin(), all.end());
    if (all.empty() || !(all.front() > 0.0)) return Scale::linear;
    return all.back() > 30.0 * all[all.size() / 20] ? Scale::log : Scale::linear;
  }

  void maps(const SweepVariable& v, std::size_t down, std::size_t across) {
    const auto& axes = sweep_.axes();
    for_each_rest(
        down, across, most_maps,
        [&](std::vector<std::size_t> at, const std::string& words, std::size_t rest) {
          Figure figure = begin(v);
          figure.title += words;
          figure.x_label = axes[across].label();
          figure.y_label = axes[down].label();
          Grid grid{.label = v.label().substr(0, v.label().find(", ")),
                    .colours = scale_of(1),
                    .x_names = cell_names(axes[across]),
                    .y_names = cell_names(axes[down])};
          for (std::size_t i = 0; i < axes[across].size(); ++i)
            grid.x.push_back(static_cast<double>(i));
          for (std::size_t i = 0; i < axes[down].size(); ++i)
            grid.y.push_back(static_cast<double>(i));
          Curve dots{.label = "failed", .role = Role::points};
          for (at[down] = 0; at[down] < axes[down].size(); ++at[down])
            for (at[across] = 0; at[across] < axes[across].size(); ++at[across]) {
              grid.z.push_back(sound(member(at)));
              if (!sweep_.failed(member(at))) continue;
              dots.x.push_back(static_cast<double>(at[across]));
              dots.y.push_back(static_cast<double>(at[down]));
            }
          if (std::any_of(grid.z.begin(), grid.z.end(), [](double z) { return !std::isfinite(z); }))
            figure.caption += " Grey: no finite value; dots: members that failed.";
          if (!dots.x.empty() && dots.x.size() <= 2000) figure.curves.push_back(std::move(dots));
          if (rest > most_maps) figure.caption += fmt::format(" One of {} such maps.", rest);
          figure.grid = std::move(grid);
          figures_.push_back(std::move(figure));
        });
  }

  /// In a grid, an axis with few values beside a longer one: each of them has a colour.
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> long_and_short() const {
    std::vector<std::size_t> varied;
    for (std::size_t a = 0; a < sweep_.axes().size(); ++a)
      if (sweep_.axes()[a].size() > 1) varied.push_back(a);
    if (!sweep_.grid() || varied.size() != 2) return std::nullopt;
    auto [one, two] = std::pair{varied[0], varied[1]};
    if (sweep_.axes()[one].size() < sweep_.axes()[two].size()) std::swap(one, two);
    if (sweep_.axes()[two].size() > few) return std::nullopt;
    return std::pair{one, two};
  }

  /// Of a failed member its place alone, so that all figures of a sweep show the same axis and can
  /// be read one under the other.
  void add_values(std::size_t member, std::size_t n, double x, Curve& points) const {
    for (std::size_t k = 0; k < n; ++k) {
      points.x.push_back(x);
      points.y.push_back(sweep_.failed(member) ? nan : z_[member * n + k]);
      if (sweep_.failed(member)) return;
    }
  }

  void coloured_clouds(const SweepVariable& v, std::size_t along, std::size_t beside) {
    const auto& axis = sweep_.axes()[along];
    const auto& other = sweep_.axes()[beside];
    Figure figure = begin(v);
    figure.x_label = x_label(axis);
    figure.y_label = v.label();
    figure.x_scale = x_scale(axis);
    figure.y_scale = scale_of(v.size());
    figure.dots = true;
    for (std::size_t p = 0; p < other.size(); ++p)
      figure.curves.push_back({other.label() + " " + other.text(p), Role::points, {}, {}});
    for (std::size_t i = 0; i < sweep_.members(); ++i) {
      const auto at = sweep_.indices(i);
      auto& points = figure.curves[at[beside]];
      add_values(i, v.size(), position(axis, at[along]), points);
    }
    tell_failures(figure);
    figures_.push_back(std::move(figure));
  }

  /// Every number against the value of each axis that has several.
  void clouds(const SweepVariable& v) {
    if (const auto axes = long_and_short()) return coloured_clouds(v, axes->first, axes->second);
    for (std::size_t a = 0; a < sweep_.axes().size(); ++a) {
      const auto& axis = sweep_.axes()[a];
      if (axis.size() < 2 || (!sweep_.grid() && telling_axis(sweep_).value_or(a) != a)) continue;
      Figure figure = begin(v);
      if (sweep_.axes().size() > 1) figure.title += " against " + axis.label();
      figure.x_label = x_label(axis);
      figure.y_label = v.label();
      figure.x_scale = x_scale(axis);
      figure.y_scale = scale_of(v.size());
      figure.dots = true;
      Curve points{.label = "", .role = Role::points};
      for (std::size_t i = 0; i < sweep_.members(); ++i)
        add_values(i, v.size(), position(axis, sweep_.indices(i)[a]), points);
      figure.curves = {std::move(points)};
      tell_failures(figure);
      figures_.push_back(std::move(figure));
    }
  }

  void whole_series(const SweepVariable& v) {
    Figure figure = begin(v);
    const auto times = sweep_.file().read("/" + v.axes[0]);
    const auto name = sweep_.file().attribute("/" + v.axes[0], "long_name");
    figure.x_label = name ? to_text(*name) : v.axes[0];
    figure.y_label = v.label();
    if (const auto axes = long_and_short()) {
      // A colour for each value of the short axis: curves of one colour are those of the long one.
      const auto& other = sweep_.axes()[axes->second];
      for (std::size_t p = 0; p < other.size(); ++p)
        figure.curves.push_back({other.label() + " " + other.text(p), Role::part, {}, {}});
      for (std::size_t i = 0; i < sweep_.members(); ++i) {
        auto& curve = figure.curves[sweep_.indices(i)[axes->second]];
        const auto from = z_.begin() + static_cast<std::ptrdiff_t>(i * v.size());
        curve.x.insert(curve.x.end(), times.begin(), times.end());
        curve.y.insert(curve.y.end(), from, from + static_cast<std::ptrdiff_t>(v.size()));
        curve.x.push_back(nan);
        curve.y.push_back(nan);
      }
      figure.lines_only = true;
      figure.caption += fmt::format(" One curve for each {}.", sweep_.axes()[axes->first].label());
      figures_.push_back(std::move(figure));
      return;
    }
    const auto chosen = spread(sweep_.members(), most_curves);
    for (const auto i : chosen) {
      const auto from = z_.begin() + static_cast<std::ptrdiff_t>(i * v.size());
      figure.curves.push_back({sweep_.words(i),
                               Role::part,
                               times,
                               {from, from + static_cast<std::ptrdiff_t>(v.size())}});
    }
    if (chosen.size() < sweep_.members())
      figure.caption += fmt::format(" {} of {} members.", chosen.size(), sweep_.members());
    figures_.push_back(std::move(figure));
  }

  const SweepView& sweep_;
  std::size_t failed_ = 0;
  std::vector<double> z_;
  std::vector<Figure> figures_;
};

}  // namespace

std::vector<Figure> sweep_figures(const SweepView& sweep) { return Planner(sweep).plan(); }

}  // namespace thalweg::report
