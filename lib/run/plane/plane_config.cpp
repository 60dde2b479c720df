#include <thalweg/run/plane/plane_config.hpp>

#include <algorithm>
#include <cmath>
#include <thalweg/core/registry.hpp>
#include <thalweg/models/catalogue.hpp>

namespace thalweg {

namespace {

void check_pair(const Fields& f, const char* key, const std::vector<double>& pair,
                const char* rule) {
  if (pair.empty()) return;
  if (pair.size() != 2 || !std::isfinite(pair[0]) || !std::isfinite(pair[1])) f.reject(key, rule);
}

void check_range(const Fields& f, const char* key, const std::vector<double>& range) {
  check_pair(f, key, range, "must be [low, high]");
  if (!range.empty() && !(range[0] < range[1])) f.reject(key, "must have low < high");
}

}  // namespace

void WindowConfig::fields(Fields& f) {
  f("x", x, "1", "[low, high] of the first parameter; what the plane suggests when not given");
  f("y", y, "1", "[low, high] of the second");
  f("resolution", resolution, "1", "points along either side", between(16, 4096));
  if (!f.reading()) return;
  check_range(f, "x", x);
  check_range(f, "y", y);
}

void ZoomConfig::fields(Fields& f) {
  f("levels", levels, "1", "pictures, each a part of the one before; 1: no zoom", between(1, 64));
  f("factor", factor, "1", "how much smaller either side is from one level to the next",
    between(1.1, 1000.0));
  f("centre", centre, "1",
    "[x, y] of all levels after the first; otherwise each is centred at the point of the boundary "
    "that is nearest to the centre of the one before");
  if (f.reading()) check_pair(f, "centre", centre, "must be [x, y]");
}

void DimensionConfig::fields(Fields& f) {
  f("scales", scales, "1", "each with boxes `ratio` times smaller than the one before",
    between(2, 40));
  f("ratio", ratio, "1", "boxes along either side of a window", between(2, 64));
  f("groups", groups, "1", "of windows, independent of each other: their spread is the error",
    between(2, 1000));
  f("windows", windows, "1",
    "of a group at each scale after the first, drawn with equal chance from the boxes that the "
    "boundary meets at the scale before",
    between(1, 1000));
  f("resolution", resolution, "1",
    "spacings of points along either side of such a window; a box is met when its points do not "
    "have one sign",
    between(4, 256));
  if (f.reading() && (resolution % ratio != 0 || resolution < 2 * ratio))
    f.reject("resolution", "must be 2, 3, ... times the ratio, so many points along each box");
}

void PlaneLimits::fields(Fields& f) {
  f("max_wall", max_wall, "s", "wall time before the run stops, resumable; 0: none", at_least(0));
}

void PlaneOutput::fields(Fields& f) {
  f("report", report, "", "make report.html at the end");
  f("pictures", pictures, "", "make pictures/level_NN.png at the end, a pixel for each point");
}

void PlaneConfig::fields(Fields& f) {
  f("title", title, "", "one line for the report");
  f("seed", seed, "1", "of every random number of the run", at_least(0));
  if (f.reading())
    for (const char* table : {"model", "dynamics", "solver", "sampler", "draws", "evidence",
                              "start", "time", "record", "analysis", "event", "compare", "quality"})
      if (f.given(table))
        f.reject(table, "does not apply where there is a [plane]; remove one of the two");
  part<PlaneRecipe>(f, "plane", plane_name, planes(),
                    "a number over a plane of two parameters, in place of a model and its motion",
                    [&](PlaneRecipe&& p) { plane = std::move(p); });
  f("window", window, "", "of the first picture");
  f("zoom", zoom, "", "pictures of smaller and smaller parts, for the dimension of the boundary");
  if (f.given("dimension") || !f.reading()) {
    if (!dimension) dimension.emplace();
    f("dimension", *dimension, "", "of the whole boundary, from windows drawn at each scale");
  }
  f("limits", limits, "", "when to stop");
  f("output", output, "", "files of the run");
  plane_place = f.place("plane");
  window_place = f.place("window");
  zoom_place = f.place("zoom");
  dimension_place = f.place("dimension");
}

}  // namespace thalweg
