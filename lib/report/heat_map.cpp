#include <thalweg/report/heat_map.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <thalweg/report/axis.hpp>
#include <thalweg/report/gnuplot.hpp>

namespace thalweg::report {

namespace {

constexpr std::size_t most_shapes = 20000;

std::string coordinate(const Record& record, const std::string& axis) {
  return record.group + "/" + axis;
}

bool evenly_spaced(const RunFile& file, const std::string& dataset) {
  if (!file.file().exists(dataset) || file.file().type(dataset) != h5::Type::real) return false;
  const auto x = file.file().read(dataset);
  if (x.size() < 2 || !(x[1] > x[0])) return false;
  const double step = (x.back() - x.front()) / static_cast<double>(x.size() - 1);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - x[0] - static_cast<double>(i) * step) <= 1e-6 * step)) return false;
  return true;
}

std::string name_of(const RunFile& file, const Record& record, const std::string& axis) {
  const auto long_name = file.file().attribute(coordinate(record, axis), "long_name");
  return long_name ? fmt::format("{}, {}", axis, to_text(*long_name)) : axis;
}

/// Half a cell beyond the first or the last centre.
double edge(const std::vector<double>& x, bool last) {
  const double step = x.size() > 1 ? x[1] - x[0] : 1.0;
  return last ? x.back() + 0.5 * step : x.front() - 0.5 * step;
}

std::string names_on(char axis, const std::vector<double>& at,
                     const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!names[i].empty())
      list +=
          fmt::format("{}{} {:.12g}", list.empty() ? "" : ", ", gnuplot_quoted(names[i]), at[i]);
  return fmt::format("set {}tics ({}) noenhanced\n", axis, list);
}

/// Colours over decades are drawn as logarithms and labelled as what they stand for.
std::string colour_ticks(const PlotAxis& colours, double low, double high) {
  std::string list;
  for (const auto& t : colours.ticks)
    if (const double at = std::log10(t.at); !t.label.empty() && at >= low && at <= high)
      list += fmt::format("{}'{}' {:.12g}", list.empty() ? "" : ", ", t.label, at);
  return list.empty() ? list : "set cbtics (" + list + ")\n";
}

std::string before_comma(const std::string& text) { return text.substr(0, text.find(',')); }

/// Where values on the grid change sign between neighbours.
Curve zeros(const Grid& grid, const std::vector<double>& f) {
  Curve points{"", Curve::Role::points, {}, {}};
  const std::size_t n = grid.x.size(), m = grid.y.size();
  const auto add = [&](std::size_t i, std::size_t j, std::size_t k, std::size_t l) {
    const double a = f[i * n + j], b = f[k * n + l];
    if (!(a * b < 0.0)) return;
    const double u = a / (a - b);
    points.x.push_back(grid.x[j] + u * (grid.x[l] - grid.x[j]));
    points.y.push_back(grid.y[i] + u * (grid.y[k] - grid.y[i]));
  };
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      if (j + 1 < n) add(i, j, i, j + 1);
      if (i + 1 < m) add(i, j, i + 1, j);
    }
  return points;
}

}  // namespace

bool is_map(const RunFile& file, const Record& record, const RunVariable& variable) {
  return variable.axes.size() == 2 &&
         std::all_of(variable.axes.begin(), variable.axes.end(), [&](const std::string& axis) {
           return evenly_spaced(file, coordinate(record, axis));
         });
}

std::string line_on_map(const Record& record, const RunVariable& variable) {
  const RunVariable* line = record.find("critical_" + variable.axes[1]);
  return line && line->axes.size() == 1 && line->axes[0] == variable.axes[0] ? line->name : "";
}

Figure map_figure(const RunFile& file, const Record& record, const RunVariable& variable) {
  Figure figure{.title = before_comma(variable.long_name),
                .caption = fmt::format("{}, in the last row of {}; empty where it is not finite.",
                                       variable.long_name, record.name),
                .x_label = name_of(file, record, variable.axes[1]),
                .y_label = name_of(file, record, variable.axes[0])};
  if (auto comment = variable.comment; !comment.empty()) {
    comment[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(comment[0])));
    figure.caption += " " + comment + ".";
  }
  figure.grid = Grid{file.file().read(coordinate(record, variable.axes[1])),
                     file.file().read(coordinate(record, variable.axes[0])),
                     file.last_row(record, variable), before_comma(variable.label())};
  if (const auto name = line_on_map(record, variable); !name.empty()) {
    const RunVariable& line = *record.find(name);
    figure.curves.push_back({before_comma(line.long_name), Curve::Role::theory,
                             file.last_row(record, line), figure.grid->y});
    figure.caption += " The line: " + line.long_name + ".";
  }
  if (const RunVariable* decision = record.find("decision");
      decision && decision->axes == variable.axes) {
    figure.curves.push_back(zeros(*figure.grid, file.last_row(record, *decision)));
    figure.caption += " Points: where " + decision->long_name + " is 0.";
  }
  return figure;
}

Drawing make_map_drawing(const Figure& figure, const std::string& id) {
  const Grid& grid = *figure.grid;
  double low = 0.0, high = 0.0;
  bool any = false;
  Extent extent;
  extent.add(grid.z);
  const PlotAxis colours = make_axis(extent, grid.colours);
  std::string data;
  for (std::size_t i = 0; i < grid.y.size(); ++i)
    for (std::size_t j = 0; j < grid.x.size(); ++j) {
      const double z = colours.map(grid.z[i * grid.x.size() + j]);
      if (std::isfinite(z)) {
        low = any ? std::min(low, z) : z;
        high = any ? std::max(high, z) : z;
        any = true;
      }
      fmt::format_to(std::back_inserter(data), "{:.9g} {:.9g} {}\n", grid.x[j], grid.y[i],
                     std::isfinite(z) ? fmt::format("{:.6g}", z) : std::string("NaN"));
    }
  Drawing out;
  if (!any) out.notes.emplace_back("There is no finite value to draw.");
  if (!(high > low)) high = low + 1.0;
  // White is 0 where there are both signs, blue below and orange above.
  const std::string palette =
      !colours.log && low < 0.0 && high > 0.0
          ? fmt::format("({:.9g} '#0072b2', 0 '#ffffff', {:.9g} '#d55e00')", low, high)
          : fmt::format("({:.9g} '#440154', {:.9g} '#21918c', {:.9g} '#fde725')", low,
                        0.5 * (low + high), high);
  std::string& s = out.script;
  s = "set encoding utf8\n";
  s += fmt::format(
      "set terminal svg size 680,400 dynamic enhanced rounded font 'Helvetica,14' "
      "name '{}' background '#ffffff'\n"
      "set border 15 lw 1 lc rgb '#555555'\n"
      "set tics out nomirror scale 0.6,0.3 textcolor rgb '#1a1a1a'\n"
      "set xrange [{:.12g}:{:.12g}]\nset yrange [{:.12g}:{:.12g}]\n"
      "set cbrange [{:.9g}:{:.9g}]\nset palette defined {}\n",
      id, edge(grid.x, false), edge(grid.x, true), edge(grid.y, false), edge(grid.y, true), low,
      high, palette);
  s += names_on('x', grid.x, grid.x_names) + names_on('y', grid.y, grid.y_names);
  if (extent.not_finite > 0)  // what is missing is grey, not white
    s += "set object 1 rectangle from graph 0,0 to graph 1,1 behind fc rgb '#d9d9d9' fs solid "
         "noborder\n";
  if (colours.log) s += colour_ticks(colours, low, high);
  for (const auto& [axis, label] : {std::pair{"x", figure.x_label}, std::pair{"y", figure.y_label},
                                    std::pair{"cb", grid.label}})
    s += fmt::format("set {}label {} noenhanced textcolor rgb '#1a1a1a'\n", axis,
                     gnuplot_quoted(short_label(label)));
  s += "set key outside top center horizontal samplen 2 noenhanced textcolor rgb '#1a1a1a'\n";
  s += "$grid << END\n" + data + "END\n";
  // Cells that can be seen as such are shapes with sharp edges; more of them are a picture.
  std::string commands = fmt::format("$grid using 1:2:3 with image{} notitle",
                                     grid.z.size() <= most_shapes ? " pixels" : "");
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const auto& c = figure.curves[i];
    s += fmt::format("$curve{} << END\n", i);
    for (std::size_t k = 0; k < std::min(c.x.size(), c.y.size()); ++k)
      s += std::isfinite(c.x[k]) && std::isfinite(c.y[k])
               ? fmt::format("{:.9g} {:.9g}\n", c.x[k], c.y[k])
               : "\n";
    s += "END\n";
    commands += fmt::format(
        ", $curve{} using 1:2 {} lc rgb '#000000' {}", i,
        c.role == Curve::Role::points ? "with points pt 7 ps 0.25" : "with lines lw 2 dt 1",
        c.label.empty() ? "notitle" : "title " + gnuplot_quoted(c.label));
  }
  s += "plot " + commands + "\n";
  return out;
}

}  // namespace thalweg::report
