#include <thalweg/report/plane_pictures.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/report/axis.hpp>
#include <thalweg/report/html.hpp>

namespace thalweg {

namespace report {

namespace {

constexpr Index most_points = 512;  // of a picture in the page, along either side

using Colour = std::array<double, 3>;
constexpr std::array<Colour, 4> blues{
    {{8, 20, 70}, {23, 82, 150}, {74, 160, 200}, {205, 238, 245}}};
constexpr std::array<Colour, 4> reds{{{70, 6, 14}, {176, 36, 24}, {240, 132, 40}, {255, 240, 170}}};

struct Level {
  std::vector<double> values{};
  Index n = 0;
  std::array<std::string, 2> names{};  // x, y
  std::array<double, 2> centre{}, width{};
};

std::vector<std::string> level_groups(const RunFile& file) {
  if (!file.file().is_group("/levels")) return {};
  std::vector<std::string> all;
  for (const auto& name : file.file().groups("/levels")) all.push_back("/levels/" + name);
  std::sort(all.begin(), all.end());
  return all;
}

Level read_level(const RunFile& file, const std::string& group, std::size_t number) {
  const auto& h5 = file.file();
  Level level;
  level.values = h5.read(group + "/measure");
  level.n = h5.shape(group + "/measure")[0];
  const auto axes = h5.axes(group + "/measure");
  for (std::size_t a = 0; a < 2; ++a) {
    const auto name = h5.attribute(group + "/" + axes[1 - a], "long_name");
    level.names[a] = name ? to_text(*name) : axes[1 - a];
    const char* const letter = a == 0 ? "x" : "y";
    level.centre[a] = h5.read(fmt::format("/zoom/centre_{}", letter)).at(number);
    level.width[a] = h5.read(fmt::format("/zoom/width_{}", letter)).at(number);
  }
  return level;
}

std::array<std::uint8_t, 3> mixed(const std::array<Colour, 4>& ramp, double t) {
  const double at = std::clamp(t, 0.0, 1.0) * 3.0;
  const auto i = std::min(static_cast<std::size_t>(at), std::size_t{2});
  const double part = at - static_cast<double>(i);
  std::array<std::uint8_t, 3> c{};
  for (std::size_t k = 0; k < 3; ++k)
    c[k] =
        static_cast<std::uint8_t>(std::lround((1.0 - part) * ramp[i][k] + part * ramp[i + 1][k]));
  return c;
}

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                reinterpret_cast<const unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(n));
  return text;
}

// Every k-th point, so that the page stays small.
Level thinned(const Level& level) {
  const Index k = (level.n + most_points - 1) / most_points;
  if (k == 1) return level;
  Level small = level;
  small.n = level.n / k;
  small.values.clear();
  for (Index i = 0; i < small.n; ++i)
    for (Index j = 0; j < small.n; ++j)
      small.values.push_back(level.values[static_cast<std::size_t>(i * k * level.n + j * k)]);
  return small;
}

constexpr double left = 70.0, top = 10.0, side = 440.0;  // of the picture in its figure

// Ticks and label of an axis; offsets from the centre where the numbers would be alike.
std::string axis_svg(const Level& level, std::size_t a) {
  const double centre = level.centre[a], width = level.width[a];
  const bool offsets = width < 0.02 * std::abs(centre);
  const double zero = offsets ? centre : 0.0;
  const std::array ends{centre - zero - 0.5 * width, centre - zero + 0.5 * width};
  const double unit = std::pow(10.0, std::floor(std::log10(width / 2.5)));
  const double step = width / unit > 12.0 ? 5.0 * unit : width / unit > 5.0 ? 2.0 * unit : unit;
  std::string out;
  for (double k = std::ceil(ends[0] / step); k * step <= ends[1] + 1e-9 * width; k += 1.0) {
    const double part = (k * step - ends[0]) / width;
    const auto label = fmt::format("{:.6g}", k * step + 0.0);
    if (a == 0)
      out += fmt::format(
          "<path d=\"M{0:.1f} {1} v5\" stroke=\"#555\"/><text x=\"{0:.1f}\" y=\"{2}\" "
          "text-anchor=\"middle\">{3}</text>\n",
          left + side * part, top + side, top + side + 20.0, label);
    else
      out += fmt::format(
          "<path d=\"M{0} {1:.1f} h-5\" stroke=\"#555\"/><text x=\"{2}\" y=\"{3:.1f}\" "
          "text-anchor=\"end\">{4}</text>\n",
          left, top + side * (1.0 - part), left - 8.0, top + side * (1.0 - part) + 4.0, label);
  }
  auto name = level.names[a];
  if (offsets) name += fmt::format(" {} {:.10g}", centre < 0.0 ? '+' : '-', std::abs(centre));
  out += a == 0 ? fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                              left + side / 2, top + side + 40.0, escaped(name))
                : fmt::format(
                      "<text transform=\"translate(14 {}) rotate(-90)\" "
                      "text-anchor=\"middle\">{}</text>\n",
                      top + side / 2, escaped(name));
  return out;
}

std::string picture_svg(const Level& level, const Level* next, const std::string& title) {
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 530 505\" role=\"img\" "
      "font-size=\"12\" aria-label=\"{}\"><title>{}</title>\n"
      "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
      "style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
      escaped(title), escaped(title), left, top, side, side,
      base64(png(plane_picture(level.values, level.n))));
  if (next) {
    const auto part = [&](std::size_t a, double at) {
      return (at - level.centre[a]) / level.width[a] + 0.5;
    };
    const double x = part(0, next->centre[0] - 0.5 * next->width[0]);
    const double y = part(1, next->centre[1] + 0.5 * next->width[1]);
    out += fmt::format(
        "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"none\" "
        "stroke=\"#fff\" stroke-width=\"3\"/><rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" "
        "height=\"{:.2f}\" fill=\"none\" stroke=\"#000\" stroke-width=\"1.2\"/>\n",
        left + side * x, top + side * (1.0 - y), side * next->width[0] / level.width[0],
        side * next->width[1] / level.width[1], left + side * x, top + side * (1.0 - y),
        side * next->width[0] / level.width[0], side * next->width[1] / level.width[1]);
  }
  return out + axis_svg(level, 0) + axis_svg(level, 1) + "</svg>\n";
}

}  // namespace

Picture plane_picture(std::span<const double> values, Index n) {
  std::vector<double> positive, negative;
  for (const double v : values) (v > 0.0 ? positive : negative).push_back(std::abs(v));
  std::sort(positive.begin(), positive.end());
  std::sort(negative.begin(), negative.end());
  Picture picture{static_cast<int>(n), static_cast<int>(n)};
  picture.rgb.reserve(static_cast<std::size_t>(3 * n * n));
  for (Index i = n - 1; i >= 0; --i)
    for (Index j = 0; j < n; ++j) {
      const double v = values[static_cast<std::size_t>(i * n + j)];
      const auto& all = v > 0.0 ? positive : negative;
      const auto below = std::lower_bound(all.begin(), all.end(), std::abs(v)) - all.begin();
      const double rank =
          all.size() < 2 ? 1.0 : static_cast<double>(below) / static_cast<double>(all.size() - 1);
      for (const auto c : mixed(v > 0.0 ? blues : reds, rank)) picture.rgb.push_back(c);
    }
  return picture;
}

std::string plane_section(const RunFile& file) {
  const auto groups = level_groups(file);
  if (groups.empty()) return {};
  std::vector<Level> levels;
  for (std::size_t k = 0; k < groups.size(); ++k)
    levels.push_back(thinned(read_level(file, groups[k], k)));
  const auto cells = file.file().read("/zoom/boundary_cells");
  const auto share = file.file().read("/zoom/positive_share");
  const auto dimension = file.file().read("/zoom/dimension");
  std::string out;
  for (std::size_t k = 0; k < levels.size(); ++k) {
    const auto title = fmt::format("Level {}", k);
    auto caption = fmt::format(
        "Blue: {}, the lighter the slower, {:.1f} % of the points. Red: {}, the lighter the "
        "slower. "
        "{:.0f} cells of the grid lie on the boundary",
        file.text("positive"), 100.0 * share[k], file.text("negative"), cells[k]);
    if (std::isfinite(dimension[k]))
      caption += fmt::format("; its box dimension here is {:.3f}", dimension[k]);
    caption += k + 1 < levels.size() ? ". The square is the next level." : ".";
    if (file.file().shape(groups[k] + "/measure")[0] > levels[k].n)
      caption += fmt::format(" Shown are {} x {} of {} x {} points.", levels[k].n, levels[k].n,
                             file.file().shape(groups[k] + "/measure")[0],
                             file.file().shape(groups[k] + "/measure")[1]);
    out +=
        fmt::format("<figure>\n<h3>{}</h3>\n{}<figcaption>{}</figcaption>\n</figure>\n", title,
                    picture_svg(levels[k], k + 1 < levels.size() ? &levels[k + 1] : nullptr, title),
                    escaped(caption));
  }
  return out;
}

namespace {

// What the drawn windows say of the whole boundary, over the side of a box.
void scale_figures(const RunFile& file, std::vector<Figure>& all) {
  const auto& h5 = file.file();
  if (!h5.exists("/scales/boxes")) return;
  const auto sides = h5.read("/scales/side_x"), boxes = h5.read("/scales/boxes"),
             dimension = h5.read("/scales/dimension"), error = h5.read("/scales/dimension_error");
  const double whole = h5.read("/boundary/whole_dimension").at(0);
  const double whole_error = h5.read("/boundary/whole_dimension_error").at(0);
  const auto name = h5.attribute("/scales/side_x", "long_name");
  const auto axis = name ? to_text(*name) : "side of a box";
  Figure count{
      .title = "Boxes that the whole boundary meets",
      .caption = fmt::format("Estimated from windows drawn at each scale with equal chance "
                             "from the boxes that are met. The dimension, minus the slope "
                             "from the first to the last, is {:.3f} +- {:.3f}.",
                             whole, whole_error),
      .x_label = axis,
      .y_label = "boxes N(s)",
      .x_scale = Scale::log,
      .y_scale = Scale::log};
  count.curves.push_back({"", Curve::Role::run, sides, boxes});
  all.push_back(std::move(count));
  Figure by_scale{.title = "Dimension of the whole boundary, scale by scale",
                  .caption =
                      "-d ln N / d ln s from one side of boxes to the next smaller one, with "
                      "its standard error (dashed) over groups of windows.",
                  .x_label = axis,
                  .y_label = "box dimension",
                  .x_scale = Scale::log,
                  .y_scale = Scale::linear};
  by_scale.curves.push_back({"", Curve::Role::run, sides, dimension});
  for (const double sign : {-1.0, 1.0}) {
    Curve edge{"", Curve::Role::band, sides, dimension};
    for (std::size_t k = 0; k < edge.y.size(); ++k) edge.y[k] += sign * error[k];
    by_scale.curves.push_back(std::move(edge));
  }
  all.push_back(std::move(by_scale));
}

}  // namespace

std::vector<Figure> plane_figures(const RunFile& file) {
  std::vector<Figure> all;
  const auto& h5 = file.file();
  scale_figures(file, all);
  if (!h5.exists("/zoom/box_count")) return all;
  const auto sizes = h5.read("/zoom/box_size"), counts = h5.read("/zoom/box_count");
  const auto dimension = h5.read("/zoom/dimension");
  Figure boxes{.title = "Box counting",
               .caption =
                   "Boxes of a side that meet the boundary, level by level; minus the slope "
                   "is the box dimension.",
               .x_label = "side of a box [cells]",
               .y_label = "boxes N(s)",
               .x_scale = Scale::log,
               .y_scale = Scale::log};
  const std::size_t finished = level_groups(file).size();
  for (std::size_t k = 0; k < finished; ++k) {
    Curve c{fmt::format("level {}", k), Curve::Role::part, sizes, {}};
    const auto from = counts.begin() + static_cast<std::ptrdiff_t>(k * sizes.size());
    c.y.assign(from, from + static_cast<std::ptrdiff_t>(sizes.size()));
    boxes.curves.push_back(std::move(c));
  }
  all.push_back(std::move(boxes));
  if (finished < 2) return all;
  Figure levels{.title = "Box dimension along the zoom",
                .caption =
                    "The median slope of each level; dashed: the median of all slopes of all "
                    "levels, with their quartiles.",
                .x_label = "level",
                .y_label = "box dimension",
                .y_scale = Scale::linear};
  Curve each{"", Curve::Role::run, {}, dimension};
  each.y.resize(finished);
  for (std::size_t k = 0; k < finished; ++k) each.x.push_back(static_cast<double>(k));
  const double last = each.x.back();
  levels.curves.push_back(std::move(each));
  for (const auto& [name, role] : {std::pair{"dimension", Curve::Role::theory},
                                   {"dimension_lower_quartile", Curve::Role::band},
                                   {"dimension_upper_quartile", Curve::Role::band}}) {
    const double d = h5.read(std::string("/boundary/") + name).at(0);
    if (std::isfinite(d)) levels.curves.push_back({"", role, {0.0, last}, {d, d}});
  }
  all.push_back(std::move(levels));
  return all;
}

}  // namespace report

void write_plane_pictures(const std::string& run) {
  namespace fs = std::filesystem;
  const report::RunFile file(run);
  const auto groups = report::level_groups(file);
  if (groups.empty()) return;
  const auto folder = fs::path(file.path()).parent_path() / "pictures";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw IoError(folder.string() + ": cannot create it: " + error.message());
  for (std::size_t k = 0; k < groups.size(); ++k) {
    const auto level = report::read_level(file, groups[k], k);
    write_text_file((folder / fmt::format("level_{:02}.png", k)).string(),
                    png(report::plane_picture(level.values, level.n)));
  }
}

}  // namespace thalweg
