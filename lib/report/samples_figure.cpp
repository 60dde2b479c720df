#include <thalweg/report/samples_figure.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thalweg/report/gnuplot.hpp>
#include <thalweg/report/html.hpp>
#include <thalweg/report/svg.hpp>

namespace thalweg::report {

std::string samples_figure(const RunFile& file, const std::string& id) {
  const auto& h5 = file.file();
  if (!h5.exists("/exhibits/image")) return {};
  const auto shape = h5.shape("/exhibits/image");
  const auto pixels = h5.read("/exhibits/image");
  const auto labels = h5.read_integers("/exhibits/label");
  const auto predictions = h5.read_integers("/exhibits/prediction");
  const Index n = shape[0], rows = shape[1], cols = shape[2];
  const Index across = 12, down = (n + across - 1) / across;

  // One mosaic, a blank pixel between images and two lines of room for the words under each.
  const Index width = across * (cols + 1), height = down * (rows + 3);
  std::vector<std::vector<double>> mosaic(static_cast<std::size_t>(height),
                                          std::vector<double>(static_cast<std::size_t>(width)));
  const double low = *std::min_element(pixels.begin(), pixels.end());
  for (auto& line : mosaic) std::fill(line.begin(), line.end(), low);
  std::string words;
  Index right = 0;
  for (Index i = 0; i < n; ++i) {
    const Index x0 = (i % across) * (cols + 1), y0 = (i / across) * (rows + 3);
    for (Index r = 0; r < rows; ++r)
      for (Index c = 0; c < cols; ++c)
        mosaic[static_cast<std::size_t>(y0 + r)][static_cast<std::size_t>(x0 + c)] =
            pixels[static_cast<std::size_t>((i * rows + r) * cols + c)];
    const auto s = static_cast<std::size_t>(i);
    const bool same = labels[s] == predictions[s];
    right += same ? 1 : 0;
    words +=
        fmt::format("set label {} at {},{} center front font ',11' tc rgb '{}'\n",
                    gnuplot_quoted(same ? fmt::format("{}", predictions[s])
                                        : fmt::format("{}, said {}", labels[s], predictions[s])),
                    static_cast<double>(x0) + 0.5 * static_cast<double>(cols - 1),
                    static_cast<double>(y0 + rows) + 0.4, same ? "#202020" : "#d55e00");
  }
  std::string data;
  for (const auto& line : mosaic) data += fmt::format("{}\n", fmt::join(line, " "));
  const std::string script = fmt::format(
      "set terminal svg size 900,{} dynamic font 'sans-serif,12' name '{}'\n"
      "unset key\nunset tics\nunset border\nunset colorbox\n"
      "set margins 0,0,0,0\nset palette gray negative\n"
      "set xrange [-0.5:{}]\nset yrange [{}:-0.5]\n{}"
      "$mosaic << EOD\n{}EOD\n"
      "plot $mosaic matrix with image pixels\n",
      static_cast<int>(900.0 * static_cast<double>(height) / static_cast<double>(width)), id,
      static_cast<double>(width) - 0.5, static_cast<double>(height) - 0.5, words, data);
  return fmt::format(
      "<figure class=\"wide\">\n<h3>Samples and predictions</h3>\n{}\n<figcaption>{}</figcaption>\n"
      "</figure>\n",
      inline_svg(run_gnuplot(script), id, "Samples and predictions"),
      escaped(fmt::format(
          "{} samples as the network sees them, with its prediction at the final "
          "state; {} are right. Under a wrong one: its class, and what the network said. {}",
          n, right, file.text("data"))));
}

}  // namespace thalweg::report
