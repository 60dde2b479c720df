#include <thalweg/report/series_figures.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace thalweg::report {

namespace {

constexpr std::size_t most_points = 300;  // of the data
constexpr Index most_entries = 4;

struct Series {
  Index times = 0, entries = 0;
  std::vector<double> time, data, model;

  [[nodiscard]] Curve points(Index x, Index y) const {
    Curve c{"data", Curve::Role::points};
    const auto n = static_cast<std::size_t>(times), stride = (n - 1) / most_points + 1;
    for (std::size_t i = 0; i < n; i += stride) {
      c.x.push_back(x < 0 ? time[i] : at(data, i, x));
      c.y.push_back(at(data, i, y));
    }
    return c;
  }
  [[nodiscard]] Curve path(Index x, Index y) const {
    Curve c{"model", Curve::Role::run};
    for (std::size_t i = 0; i < static_cast<std::size_t>(times); ++i) {
      c.x.push_back(x < 0 ? time[i] : at(model, i, x));
      c.y.push_back(at(model, i, y));
    }
    return c;
  }

 private:
  [[nodiscard]] double at(const std::vector<double>& states, std::size_t i, Index entry) const {
    return states[i * static_cast<std::size_t>(entries) + static_cast<std::size_t>(entry)];
  }
};

}  // namespace

std::vector<Figure> series_figures(const RunFile& file) {
  const auto& h5 = file.file();
  if (!h5.exists("/exhibits/series") || !h5.exists("/exhibits/series_model")) return {};
  const auto shape = h5.shape("/exhibits/series");
  Series s{.times = shape[0],
           .entries = shape[1],
           .time = h5.read("/exhibits/time"),
           .data = h5.read("/exhibits/series"),
           .model = h5.read("/exhibits/series_model")};
  std::vector<Figure> all;
  if (s.entries == 2) {
    Figure f{.title = "Phase portrait",
             .caption =
                 "The data and one solve of the model from their first state, at the final "
                 "parameters.",
             .x_label = "first entry",
             .y_label = "second entry"};
    f.y_scale = Scale::linear;
    f.path = f.equal_units = true;
    f.curves = {s.points(0, 1), s.path(0, 1)};
    all.push_back(std::move(f));
  }
  for (Index entry = 0; entry < std::min(s.entries, most_entries); ++entry) {
    Figure f{.title = fmt::format("Series: entry {}", entry),
             .caption = "The data and one solve of the model from their first state.",
             .x_label = "time of the series",
             .y_label = fmt::format("entry {}", entry)};
    f.y_scale = Scale::linear;
    f.lines_only = true;
    f.curves = {s.points(-1, entry), s.path(-1, entry)};
    all.push_back(std::move(f));
  }
  return all;
}

}  // namespace thalweg::report
