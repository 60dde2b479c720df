#include <thalweg/report/draw.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <thalweg/report/axis.hpp>
#include <thalweg/report/gnuplot.hpp>
#include <thalweg/report/heat_map.hpp>
#include <thalweg/report/svg.hpp>
#include <thalweg/report/thinning.hpp>

namespace thalweg::report {
namespace {

// About the size of the plotting area in pixels at which a reader sees it.
constexpr double columns = 600.0, rows = 330.0;
constexpr std::size_t most_path_points = 6000;

// Okabe and Ito's colours, told apart with any colour vision.
constexpr std::array<const char*, 7> distinct{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                              "#e69f00", "#56b4e9", "#4d4d4d"};
// Light ones, of areas: from the top of a stack to its bottom.
constexpr std::array<const char*, 3> filled{"#dadada", "#f0b48a", "#7fb3d9"};
// The dark nine tenths of viridis, for many entries that have an order.
constexpr std::array<std::array<double, 3>, 8> ordered{{{68, 1, 84},
                                                        {70, 50, 127},
                                                        {54, 92, 141},
                                                        {39, 127, 142},
                                                        {31, 161, 135},
                                                        {74, 193, 109},
                                                        {130, 210, 76},
                                                        {190, 215, 50}}};

std::string ordered_colour(std::size_t i, std::size_t n) {
  const double at = n < 2 ? 0.0
                          : static_cast<double>(i) / static_cast<double>(n - 1) *
                                static_cast<double>(ordered.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(at), ordered.size() - 2);
  const double f = at - static_cast<double>(low);
  const auto mix = [&](std::size_t c) {
    return static_cast<int>(std::lround((1 - f) * ordered[low][c] + f * ordered[low + 1][c]));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2));
}

/// A nearly constant quantity is drawn as its change: labels of 1.0000001 and 1.0000002 help
/// nobody.
void subtract_constant(Figure& figure, std::vector<std::string>& notes) {
  Extent extent;
  for (const auto& c : figure.curves) extent.add(c.y);
  const double size = std::max(std::abs(extent.low), std::abs(extent.high));
  const double range = extent.high - extent.low;
  if (!(range > 0.0) || range > 1e-3 * size) return;
  for (const auto& c : figure.curves) {
    const auto first =
        std::find_if(c.y.begin(), c.y.end(), [](double v) { return std::isfinite(v); });
    if (first == c.y.end()) continue;
    const double y0 = *first;
    for (auto& other : figure.curves)
      for (auto& v : other.y) v -= y0;
    notes.push_back(fmt::format("Drawn is the change from the first value, {:.12g}.", y0));
    figure.y_label = "change of " + figure.y_label;
    figure.y_scale = Scale::linear;
    return;
  }
}

/// One unit equally long on both axes, as far as the shape of the figure allows.
void equalise(PlotAxis& x, PlotAxis& y) {
  const double unit = std::max((x.high - x.low) / columns, (y.high - y.low) / rows);
  const auto widen = [&](PlotAxis& axis, double pixels) {
    const double centre = 0.5 * (axis.low + axis.high);
    Extent extent;
    const std::array ends{centre - 0.46 * unit * pixels, centre + 0.46 * unit * pixels};
    extent.add(ends);
    axis = make_axis(extent, Scale::linear);
  };
  widen(x, columns);
  widen(y, rows);
}

std::string ticks(char axis, const PlotAxis& range) {
  std::string list;
  for (const auto& t : range.ticks)
    list += fmt::format("{}'{}' {:.12g} {}", list.empty() ? "" : ", ", t.label, t.at,
                        t.label.empty() ? 1 : 0);
  return fmt::format("set {0}range [{1:.15g}:{2:.15g}]\nset {0}tics ({3})\n{4}", axis, range.low,
                     range.high, list,
                     range.log ? fmt::format("set logscale {} 10\n", axis) : std::string());
}

struct Thinned {
  std::string block;  ///< the lines of a data block
  std::size_t points = 0;
  const char* start = "start";  ///< what the first point is
};

Thinned thinned(const Curve& curve, const PlotAxis& x, const PlotAxis& y, const Figure& figure,
                std::vector<std::string>& notes) {
  const std::size_t n = std::min(curve.x.size(), curve.y.size());
  std::vector<double> px(n), py(n);
  for (std::size_t i = 0; i < n; ++i) {
    px[i] = x.map(curve.x[i]);
    py[i] = y.map(curve.y[i]);
  }
  const double width = (x.map(x.high) - x.map(x.low)) / columns;
  const double height = (y.map(y.high) - y.map(y.low)) / rows;
  Thinned out;
  if (curve.role == Curve::Role::points || curve.role == Curve::Role::known) {
    for (std::size_t i = 0; i < n; ++i)
      if (std::isfinite(px[i]) && std::isfinite(py[i])) {
        fmt::format_to(std::back_inserter(out.block), "{:.6g} {:.6g}\n", curve.x[i], curve.y[i]);
        ++out.points;
      }
    return out;
  }
  auto kept = figure.path ? thin_path(px, py, width, height) : thin_curve(px, py, width, height);
  if (figure.path && kept.size() > most_path_points) {
    kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(most_path_points));
    while (std::isnan(px[kept.front()]) || std::isnan(py[kept.front()])) kept.erase(kept.begin());
    out.start = "first drawn";
    notes.push_back(fmt::format("Only the last part of the path is drawn, the last {} of {} rows.",
                                n - kept.front(), n));
  }
  const auto drawn = [&](std::size_t k) {
    return k < kept.size() && std::isfinite(px[kept[k]]) && std::isfinite(py[kept[k]]);
  };
  for (std::size_t k = 0; k < kept.size(); ++k) {
    if (!drawn(k)) {
      out.block += '\n';
      continue;
    }
    fmt::format_to(std::back_inserter(out.block), "{:.9g} {:.9g}\n", curve.x[kept[k]],
                   curve.y[kept[k]]);
    ++out.points;
    // A lone point between gaps would be a line without length: make it a dot.
    if (!figure.path && (k == 0 || !drawn(k - 1)) && !drawn(k + 1)) {
      const double aside = px[kept[k]] + 0.5 * width;
      fmt::format_to(std::back_inserter(out.block), "{:.9g} {:.9g}\n",
                     x.log ? std::pow(10.0, aside) : aside, curve.y[kept[k]]);
    }
  }
  return out;
}

struct Look {
  std::string colour;
  double width;
  int dashes;
};

Look look(const Curve& curve, std::size_t companion, std::size_t part, std::size_t parts,
          std::size_t cloud, std::size_t clouds, std::size_t area, std::size_t areas) {
  switch (curve.role) {
    case Curve::Role::run:
      return {distinct[0], 2.2, 1};
    case Curve::Role::companion:
      return {distinct[1 + companion % (distinct.size() - 1)], 1.8, 2};
    case Curve::Role::band:
      return {distinct[1], 1.0, 2};
    case Curve::Role::theory:
      return {"#000000", 1.4, 3};
    case Curve::Role::known:
      return {"#000000", 1.2, 1};
    case Curve::Role::points:
      return {clouds == 1 ? distinct.back() : distinct[cloud % distinct.size()], 1.0, 1};
    case Curve::Role::area:
      return {filled[filled.size() - 1 - (areas - 1 - area) % filled.size()], 1.0, 1};
    case Curve::Role::part:
      break;
  }
  return {parts <= distinct.size() ? distinct[part] : ordered_colour(part, parts), 1.8, 1};
}

std::string legend(const Figure& figure) {
  std::size_t labelled = figure.path ? 2 : 0, letters = figure.path ? 8 : 0;
  for (const auto& c : figure.curves) {
    labelled += !c.label.empty();
    letters += c.label.size();
  }
  if (labelled == 0) return "unset key\n";
  const char* place =
      labelled <= 4 && letters <= 56 ? "above left horizontal" : "outside right top vertical";
  return fmt::format(
      "set key {} Left reverse samplen 2 spacing 1.2 noenhanced textcolor rgb '#1a1a1a'\n", place);
}

}  // namespace

Drawing make_drawing(Figure figure, const std::string& id) {
  Drawing out;
  subtract_constant(figure, out.notes);
  Extent ex, ey;
  for (const auto& c : figure.curves) ex.add(c.x);
  PlotAxis x = make_axis(ex, figure.x_scale);
  for (const auto& c : figure.curves)  // a row at t = 0 that is not drawn needs no room
    for (std::size_t i = 0; i < std::min(c.x.size(), c.y.size()); ++i)
      if (std::isfinite(x.map(c.x[i]))) ey.add({&c.y[i], 1});
  constexpr double floor = 0.0;
  for (const auto& c : figure.curves)
    if (c.role == Curve::Role::area) ey.add({&floor, 1});
  PlotAxis y = make_axis(ey, figure.y_scale);
  if (figure.equal_units && !x.log && !y.log) equalise(x, y);
  if (ey.finite() == 0) out.notes.emplace_back("There is no finite value to draw.");

  std::string& s = out.script;
  s = "set encoding utf8\n";
  s += fmt::format(
      "set terminal svg size 680,400 dynamic enhanced rounded font 'Helvetica,14' "
      "name '{}' background '#ffffff'\n",
      id);
  s += "set border 3 lw 1 lc rgb '#555555'\nset tics out nomirror scale 0.6,0.3 textcolor rgb "
       "'#1a1a1a'\n"
       "set grid xtics ytics lt 1 lw 0.8 lc rgb '#e4e4e4', lt 1 lw 0 lc rgb '#ffffff'\n";
  s += ticks('x', x) + ticks('y', y);
  for (const auto& [axis, label] : {std::pair{'x', figure.x_label}, std::pair{'y', figure.y_label}})
    s += fmt::format("set {}label {} noenhanced textcolor rgb '#1a1a1a'\n", axis,
                     gnuplot_quoted(short_label(label)));
  s += legend(figure);
  double before = -std::numeric_limits<double>::infinity();
  for (const auto& m : figure.marks) {
    if (!(m.x >= x.low && m.x <= x.high)) continue;
    // Beside a line close by the words stand on its other side.
    const double at = (x.map(m.x) - x.map(x.low)) / (x.map(x.high) - x.map(x.low));
    const bool crowded = at - before < 0.05;
    before = at;
    s += fmt::format(
        "set arrow from {0:.12g}, graph 0 to {0:.12g}, graph 1 nohead lw 1 dt 4 "
        "lc rgb '#808080' back\n",
        m.x);
    if (!m.label.empty())
      s += fmt::format(
          "set label {} at {:.12g}, graph 0.98 right rotate by 90 offset character {},0 "
          "noenhanced textcolor rgb '#606060' font ',12'\n",
          gnuplot_quoted(m.label), m.x, crowded ? 0.9 : -0.9);
  }

  const auto number_of = [&](Curve::Role role) {
    return static_cast<std::size_t>(
        std::count_if(figure.curves.begin(), figure.curves.end(),
                      [role](const Curve& c) { return c.role == role; }));
  };
  const std::size_t parts = number_of(Curve::Role::part), clouds = number_of(Curve::Role::points),
                    areas = number_of(Curve::Role::area);
  std::string data, commands;
  std::size_t companion = 0, part = 0, cloud = 0, area = 0;
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const auto& curve = figure.curves[i];
    const auto [colour, width, dashes] =
        look(curve, companion, part, parts, cloud, clouds, area, areas);
    companion += curve.role == Curve::Role::companion;
    part += curve.role == Curve::Role::part;
    cloud += curve.role == Curve::Role::points;
    area += curve.role == Curve::Role::area;
    const bool ring = curve.role == Curve::Role::known;
    const bool alone = figure.dots || ring || curve.role == Curve::Role::points;
    const Thinned points = thinned(curve, x, y, figure, out.notes);
    if (points.points == 0) continue;
    data += fmt::format("$curve{} << END\n{}END\n", i, points.block);
    const bool dots = !figure.path && !figure.lines_only && points.points <= 40;
    if (curve.role == Curve::Role::area) {
      commands += fmt::format(
          "{}$curve{} using 1:2 with filledcurves y=0 fs solid 1 noborder lc rgb '{}' {}",
          commands.empty() ? "" : ", ", i, colour, "title " + gnuplot_quoted(curve.label));
      continue;
    }
    const std::string title =
        curve.label.empty() ? "notitle" : "title " + gnuplot_quoted(curve.label);
    commands += fmt::format("{}$curve{} using 1:2 with {} lw {} dt {} lc rgb '{}'{} {}",
                            commands.empty() ? "" : ", ", i,
                            alone  ? "points"
                            : dots ? "linespoints"
                                   : "lines",
                            figure.path ? 1.2 : width, dashes, colour,
                            ring    ? " pt 6 ps 1.1"
                            : alone ? (points.points > 500 ? " pt 7 ps 0.2" : " pt 7 ps 0.5")
                            : dots  ? " pt 7 ps 0.45"
                                    : "",
                            title);
    if (!figure.path) continue;
    // The last point stands alone before the closing line of the block.
    const auto last_line = points.block.rfind('\n', points.block.size() - 2);
    const auto first = points.block.substr(0, points.block.find('\n') + 1);
    const auto last = points.block.substr(last_line == std::string::npos ? 0 : last_line + 1);
    data += fmt::format("$start{0} << END\n{1}END\n$end{0} << END\n{2}END\n", i, first, last);
    commands += fmt::format(
        ", $start{0} using 1:2 with points pt 6 ps 1 lw 2 lc rgb '#d55e00' {1}, "
        "$end{0} using 1:2 with points pt 5 ps 0.8 lc rgb '#d55e00' {2}",
        i, i == 0 ? fmt::format("title '{}'", points.start) : "notitle",
        i == 0 ? "title 'end'" : "notitle");
  }
  s += data + "plot " + (commands.empty() ? "NaN notitle" : commands) + "\n";
  return out;
}

std::string draw(Figure& figure, const std::string& id) {
  const auto drawing = figure.grid ? make_map_drawing(figure, id) : make_drawing(figure, id);
  for (const auto& note : drawing.notes)
    figure.caption += (figure.caption.empty() ? "" : " ") + note;
  return inline_svg(run_gnuplot(drawing.script), id, figure.title);
}

}  // namespace thalweg::report
