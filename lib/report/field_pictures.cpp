#include <thalweg/report/field_pictures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/report/gnuplot.hpp>
#include <thalweg/report/html.hpp>
#include <thalweg/report/spatial_fields.hpp>
#include <thalweg/report/svg.hpp>

namespace thalweg::report {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_moments = 300, most_frames = 41, most_panels = 6;
constexpr Index most_cells = 600, most_grid_cells = 200;  // of an axis in a picture

const char* const palette =
    "set palette defined (-1 '#2166ac', -0.35 '#92c5de', 0 '#f7f7f7', 0.35 '#f4a582', 1 "
    "'#b2182b')\n";

/// Every how many cells of a line are drawn.
Index stride_of(Index n) { return (n + most_cells - 1) / most_cells; }
/// The same of both axes of a grid.
Index grid_stride(const SpatialField& f) {
  return (std::max(f.rows, f.columns) + most_grid_cells - 1) / most_grid_cells;
}
Index stride_of(const SpatialField& f) {
  return f.rows == 0 ? stride_of(f.columns) : grid_stride(f);
}

std::string capital(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z')
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

std::string number_text(double value) {
  return std::isfinite(value) ? fmt::format("{:.5g}", value) : "NaN";
}

/// A row or a grid as lines of text, thinned.
std::string matrix_text(const std::vector<double>& values, Index rows, Index columns,
                        Index stride) {
  std::string text;
  auto out = std::back_inserter(text);
  for (Index j = 0; j < rows; j += stride) {
    for (Index i = 0; i < columns; i += stride)
      fmt::format_to(out, "{} ", number_text(values[static_cast<std::size_t>(j * columns + i)]));
    text += '\n';
  }
  return text;
}

/// Where the colours end: the size that one number in a thousand exceeds, so that a few cells do
/// not bleach all others; something that makes a range in any case.
double colour_range(const std::vector<std::vector<double>>& moments) {
  std::vector<double> sizes;
  for (const auto& values : moments)
    for (const double v : values)
      if (std::isfinite(v) && v != 0.0) sizes.push_back(std::abs(v));
  if (sizes.empty()) return 1.0;
  const auto rank = static_cast<std::ptrdiff_t>(sizes.size() - 1 - sizes.size() / 1000);
  std::nth_element(sizes.begin(), sizes.begin() + rank, sizes.end());
  return sizes[static_cast<std::size_t>(rank)];
}

/// A picture of one field: its rows at chosen moments.
struct Film {
  SpatialField field;
  std::vector<double> time{};
  std::vector<Index> chosen{};
  std::vector<std::vector<double>> moments{};
  double range = 1.0;

  Film(const RunFile& file, const SpatialField& f, std::size_t most) : field(f) {
    time = file.column(*f.record, f.record->time_axis);
    chosen = spread_in_time(time, most);
    for (const Index row : chosen) moments.push_back(read_row(file, f, row));
    range = colour_range(moments);
  }
  /// Whether all moments are the same: a medium, not a wave.
  [[nodiscard]] bool is_still() const {
    return std::all_of(moments.begin(), moments.end(),
                       [&](const auto& m) { return m == moments.front(); });
  }
  /// The largest size in any moment.
  [[nodiscard]] double largest() const {
    double most = 0.0;
    for (const auto& values : moments)
      for (const double v : values)
        if (std::isfinite(v)) most = std::max(most, std::abs(v));
    return most > 0.0 ? most : 1.0;
  }
  [[nodiscard]] double at(std::size_t k) const { return time[static_cast<std::size_t>(chosen[k])]; }
};

/// Lines along recorded positions, broken where one is missing or jumps round a ring.
std::string position_blocks(const RunFile& file, const Film& film,
                            const std::vector<const RunVariable*>& positions) {
  std::string text;
  auto out = std::back_inserter(text);
  for (std::size_t p = 0; p < positions.size(); ++p) {
    fmt::format_to(out, "$position{} << EOD\n", p);
    for (Index side = 0; side < positions[p]->size(); ++side) {
      const auto at = file.column(*film.field.record, positions[p]->name, side);
      double last = 0.0;
      bool open = false;
      for (std::size_t row = 0; row < at.size(); ++row) {
        const bool here = std::isfinite(at[row]);
        const bool jump =
            open && std::abs(at[row] - last) > 0.5 * static_cast<double>(film.field.columns);
        if (open && (!here || jump)) text += "\n\n";
        if (here) fmt::format_to(out, "{} {}\n", at[row], film.time[row]);
        open = here;
        last = at[row];
      }
      text += "\n\n";
    }
    text += "EOD\n";
  }
  return text;
}

/// How positions are drawn, in the order in which they are recorded.
const char* position_style(std::size_t p) {
  static const char* const styles[] = {"lc rgb '#000000' dt 2 lw 1.6",
                                       "lc rgb '#1b7837' dt 4 lw 1.8",
                                       "lc rgb '#762a83' dt 3 lw 1.6"};
  return styles[p % std::size(styles)];
}

/// A field on a line that stays as it is, over the cells.
std::string still_script(const Film& film, const std::string& id) {
  const Index n = film.field.columns, step = stride_of(n);
  return fmt::format(
      "set terminal svg size 900,360 dynamic font 'sans-serif,13' name '{}'\nunset key\n"
      "set xrange [-0.5:{}]\nset xlabel 'cell s'\nset ylabel {} noenhanced\nset yrange [0:*]\n"
      "set tics out nomirror\n$f << EOD\n{}EOD\n"
      "plot $f matrix using ({}*$1):3 with lines lw 2 lc rgb '#2166ac'\n",
      id, static_cast<double>(n) - 0.5, gnuplot_quoted(film.field.variable->long_name),
      matrix_text(film.moments.front(), 1, n, step), step);
}

std::string space_time_script(const RunFile& file, const Film& film, const std::string& id) {
  const Index n = film.field.columns, step = stride_of(n);
  const double t0 = film.time.front(), t1 = film.time.back();
  const auto count = static_cast<double>(film.moments.size());
  const double dt = count > 1 ? (t1 - t0) / (count - 1) : 1.0;
  std::string text = fmt::format(
      "set terminal svg size 900,560 dynamic font 'sans-serif,13' name '{}'\n{}"
      "set cbrange [{}:{}]\nset xrange [-0.5:{}]\nset yrange [{}:{}]\n"
      "set xlabel 'cell s'\nset ylabel {}\nset tics out nomirror\nset key outside top center "
      "horizontal\n$map << EOD\n",
      id, palette, -film.range, film.range, static_cast<double>(n) - 0.5, t0 - 0.5 * dt,
      t1 + 0.5 * dt, gnuplot_quoted(time_label(file, *film.field.record)));
  for (const auto& row : film.moments) text += matrix_text(row, 1, n, step);
  const auto positions = positions_beside(film.field);
  text += "EOD\n" + position_blocks(file, film, positions);
  text +=
      fmt::format("plot $map matrix using ({}*$1):({}+{}*$2):3 with image notitle", step, t0, dt);
  for (std::size_t p = 0; p < positions.size(); ++p)
    text += fmt::format(", $position{} using 1:2 with lines {} title {}", p, position_style(p),
                        gnuplot_quoted(positions[p]->long_name));
  return text + "\n";
}

std::string moments_script(const Film& film, const std::string& id) {
  const auto count = static_cast<Index>(film.moments.size());
  const Index across = std::min<Index>(3, count), down = (count + across - 1) / across;
  const double aspect =
      static_cast<double>(film.field.rows) / static_cast<double>(film.field.columns);
  const double width = count == 1 ? 560.0 : 900.0;  // of which 110 for the colours
  const double height =
      std::clamp((width - 110.0) / static_cast<double>(across) * aspect, 80.0, 900.0) + 30.0;
  double low = -film.range, high = film.range;
  if (film.is_still()) {  // a medium: its own range, all of it
    const auto [least, most] =
        std::minmax_element(film.moments.front().begin(), film.moments.front().end());
    if (std::isfinite(*least) && std::isfinite(*most) && *least < *most) low = *least, high = *most;
  }
  std::string text = fmt::format(
      "set terminal svg size {},{:.0f} dynamic font 'sans-serif,13' name '{}'\n{}"
      "set cbrange [{}:{}]\nunset key\nunset xtics\nunset ytics\nset autoscale noextend\n"
      "set size ratio -1\nset colorbox user origin {},0.1 size {},0.8\n"
      "set multiplot layout {},{} margins 0.01,{},0.01,0.95 spacing 0.01,0.06\n",
      width, height * static_cast<double>(down), id,
      film.is_still() ? "set palette defined (0 '#f7f7f7', 1 '#2166ac')\n" : palette, low, high,
      1.0 - 85.0 / width, 14.0 / width, down, across, 1.0 - 100.0 / width);
  for (Index k = 0; k < count; ++k)
    text += fmt::format("$m{} << EOD\n{}EOD\n{}plot $m{} matrix with image\nunset colorbox\n", k,
                        matrix_text(film.moments[static_cast<std::size_t>(k)], film.field.rows,
                                    film.field.columns, stride_of(film.field)),
                        film.is_still() ? std::string()
                                        : fmt::format("set title 't = {:g}' offset 0,-0.7\n",
                                                      film.at(static_cast<std::size_t>(k))),
                        k);
  return text + "unset multiplot\n";
}

std::string animation_script(const RunFile& file, const Film& film) {
  const Index n = film.field.columns, ny = film.field.rows, step = stride_of(film.field);
  const bool line = ny == 0;
  const double aspect = line ? 0.6 : static_cast<double>(ny) / static_cast<double>(n);
  std::string text = fmt::format(
      "set terminal gif animate delay 7 loop 0 size 640,{:.0f}\n{}set cbrange [{}:{}]\n"
      "set key outside top center vertical noenhanced\nset tics out nomirror\n"
      "set xrange [-0.5:{}]\nset ylabel {} noenhanced\nset xlabel 'cell s'\n",
      std::clamp(560.0 * aspect, 200.0, 700.0) + 60.0, palette, -film.range, film.range,
      static_cast<double>(n) - 0.5, gnuplot_quoted(film.field.variable->long_name));
  text += line ? fmt::format("set yrange [{}:{}]\n", -1.05 * film.largest(), 1.05 * film.largest())
               : fmt::format(
                     "set yrange [-0.5:{}]\nset xlabel 'column'\nset ylabel 'row'\n"
                     "set size ratio -1\nset key off\n",
                     static_cast<double>(ny) - 0.5);
  const auto positions = positions_beside(film.field);
  std::string legend;
  for (std::size_t p = 0; p < positions.size(); ++p)
    legend += fmt::format(", NaN with lines {} title {}", position_style(p),
                          gnuplot_quoted(positions[p]->long_name));
  for (std::size_t k = 0; k < film.moments.size(); ++k) {
    text += "unset arrow\n";
    for (std::size_t p = 0; p < positions.size(); ++p)
      for (Index side = 0; side < positions[p]->size(); ++side) {
        const auto at = file.column(*film.field.record, positions[p]->name, side);
        if (const double s = at[static_cast<std::size_t>(film.chosen[k])]; std::isfinite(s))
          text += fmt::format("set arrow from {},graph 0 to {},graph 1 nohead {}\n", s, s,
                              position_style(p));
      }
    text += fmt::format("set title 't = {:g}'\n$f << EOD\n{}EOD\n", film.at(k),
                        matrix_text(film.moments[k], line ? 1 : ny, n, step));
    text += line ? fmt::format(
                       "plot 0 lc rgb '#cccccc' notitle, $f matrix using ({}*$1):3 with lines lw 2 "
                       "lc rgb '#2166ac' notitle{}\n",
                       step, legend)
                 : fmt::format("plot $f matrix using ({}*$1):({}*$2):3 with image\n", step, step);
  }
  return text;
}

std::string animation_name(const SpatialField& f) {
  return f.record->name + "_" + f.variable->name + ".gif";
}

std::string caption(const Film& film) {
  const RunVariable& v = *film.field.variable;
  if (film.is_still())
    return fmt::format("{}, the same in all rows. Series {}: {}. {}{}", capital(v.long_name),
                       film.field.record->name, v.name, capital(v.comment),
                       v.comment.empty() ? "" : ".");
  std::string text = capital(v.long_name) + (film.field.rows == 0 ? " over cells and time." : ".");
  if (film.moments.size() < film.time.size())
    text += fmt::format(" {} of {} rows are drawn.", film.moments.size(), film.time.size());
  if (const Index stride = stride_of(film.field); stride > 1)
    text += fmt::format(" Of the cells along an axis one in {}.", stride);
  text += fmt::format(" The colours end at {:.3g}.", film.range);
  for (const auto* p : positions_beside(film.field))
    text += fmt::format(" {}: {}.", capital(p->long_name), p->comment);
  text += fmt::format(" Series {}: {}. {}{}", film.field.record->name, v.name, capital(v.comment),
                      v.comment.empty() ? "" : ".");
  return text;
}

}  // namespace

std::string field_figures(const RunFile& file, int& number,
                          const std::vector<std::string>& animations) {
  std::string out;
  for (const SpatialField& field : spatial_fields(file)) {
    Film film(file, field, field.rows == 0 ? most_moments : most_panels);
    if (field.rows > 0 && film.is_still()) film.moments.resize(1);
    const std::string id = fmt::format("figure{}", ++number),
                      title = capital(field.variable->long_name);
    const std::string script = field.rows > 0    ? moments_script(film, id)
                               : film.is_still() ? still_script(film, id)
                                                 : space_time_script(file, film, id);
    std::string more;
    if (std::find(animations.begin(), animations.end(), animation_name(field)) != animations.end())
      more = fmt::format(" <a href=\"{0}\">{0}</a> moves.", escaped(animation_name(field)));
    out += fmt::format(
        "<figure class=\"wide\">\n<h3>{}</h3>\n{}\n<figcaption>{}{}</figcaption>\n</figure>\n",
        escaped(title), inline_svg(run_gnuplot(script), id, title), escaped(caption(film)), more);
  }
  return out;
}

std::vector<std::string> write_animations(const RunFile& file) {
  std::vector<std::string> names;
  for (const SpatialField& field : spatial_fields(file)) {
    if (field.record->rows < 2) continue;
    const Film film(file, field, most_frames);
    if (film.is_still()) continue;
    names.push_back(animation_name(field));
    write_text_file((fs::path(file.path()).parent_path() / names.back()).string(),
                    run_gnuplot(animation_script(file, film)));
  }
  return names;
}

}  // namespace thalweg::report
