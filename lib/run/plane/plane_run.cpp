#include <thalweg/run/plane/plane_run.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/io/provenance.hpp>
#include <thalweg/report/plane_pictures.hpp>
#include <thalweg/run/plane/drawn_scales.hpp>
#include <thalweg/run/plane/plane_config.hpp>
#include <thalweg/run/plane/plane_output.hpp>
#include <thalweg/run/plane/tile_store.hpp>
#include <thalweg/run/run_files.hpp>
#include <thalweg/run/run_keeper.hpp>

namespace thalweg {

namespace {

// The parts of a run, made from its configuration.
struct Parts {
  explicit Parts(const Config& source) {
    ConfigReader reader(source);
    config.fields(reader);
    reader.finish();
    resolved = reader.resolved();
    field = placed(config.plane_place,
                   [&] { return config.plane(static_cast<std::uint64_t>(config.seed)); });
    const auto axes = field->axes();
    for (std::size_t a = 0; a < 2; ++a) {
      const auto& given = a == 0 ? config.window.x : config.window.y;
      const double low = given.empty() ? axes[a].low : given[0];
      const double high = given.empty() ? axes[a].high : given[1];
      whole.centre[a] = 0.5 * (low + high);
      whole.width[a] = high - low;
    }
    placed(config.window_place, [&] { require_resolved(whole, config.window.resolution); });
    auto smallest = part(config.zoom.factor, config.zoom.levels);
    if (!config.zoom.centre.empty())
      std::copy_n(config.zoom.centre.begin(), 2, smallest.centre.begin());
    for (std::size_t a = 0; a < 2; ++a)
      if (std::abs(smallest.centre[a] - whole.centre[a]) > 0.5 * whole.width[a])
        throw ConfigError(fmt::format(
            "{}: zoom.centre = [{:g}, {:g}] must be in the window, [{:g}, {:g}] x [{:g}, {:g}]",
            config.zoom_place, smallest.centre[0], smallest.centre[1],
            whole.centre[0] - 0.5 * whole.width[0], whole.centre[0] + 0.5 * whole.width[0],
            whole.centre[1] - 0.5 * whole.width[1], whole.centre[1] + 0.5 * whole.width[1]));
    placed(config.zoom_place, [&] { require_resolved(smallest, config.window.resolution); });
    if (!config.dimension) return;
    const auto& d = *config.dimension;
    const auto last = part(static_cast<double>(d.ratio), d.scales);
    placed(config.dimension_place, [&] { require_resolved(last, d.resolution); });
  }

  // The last of `count` windows, each `factor` times smaller: at the corner with the largest
  // coordinates, where points are the hardest to tell apart.
  [[nodiscard]] Window part(double factor, Index count) const {
    Window last = whole;
    for (std::size_t a = 0; a < 2; ++a) {
      last.centre[a] += std::copysign(0.5 * whole.width[a], whole.centre[a]);
      last.width[a] *= std::pow(factor, 1.0 - static_cast<double>(count));
    }
    return last;
  }

  void require_resolved(const Window& window, Index points) const {
    const auto axes = field->axes();
    if (!resolves(window, points, {axes[0].least, axes[1].least}))
      throw ConfigError(fmt::format(
          "{} points over a width of {:.3g} around ({:.6g}, {:.6g}) are too close to be told apart "
          "in double precision; use a smaller resolution, factor, ratio or number of levels",
          points, std::min(window.width[0], window.width[1]), window.centre[0], window.centre[1]));
  }

  [[nodiscard]] Index tile_side() const { return config.window.resolution > 1024 ? 64 : 32; }
  [[nodiscard]] Index tiles_across() const {
    return (config.window.resolution + tile_side() - 1) / tile_side();
  }

  PlaneConfig config;
  std::string resolved;
  std::shared_ptr<const PlaneField> field;
  Window whole;
};

Metadata metadata(const Parts& parts, const std::vector<std::string>& arguments) {
  const auto& c = parts.config;
  Metadata m;
  m.title = c.title.empty() ? c.plane_name : c.title;
  m.summary =
      fmt::format("the plane {}, {} x {} points, {} level{}", c.plane_name, c.window.resolution,
                  c.window.resolution, c.zoom.levels, c.zoom.levels == 1 ? "" : "s");
  m.attributes["plane"] = c.plane_name;
  m.attributes["positive"] = parts.field->positive();
  m.attributes["negative"] = parts.field->negative();
  m.attributes["restart"] = std::string("a resumed run gives the same bits");
  RunFacts facts;
  facts.arguments = arguments;
  facts.config = parts.resolved;
  facts.seed = static_cast<std::uint64_t>(c.seed);
  facts.threads = threads();
  for (const auto& [name, text] : parts.field->facts()) {
    if (name == "instruction_set")
      facts.instruction_set = text;
    else
      m.attributes[name] = text;
  }
  m.provenance = provenance(facts);
  return m;
}

constexpr Index scales_from = 100;  // number of the first scale in the store of tiles

class Driver {
 public:
  Driver(Parts& parts, RunOutput& output, const RunDirectory& directory, const RunRequest& request)
      : parts_(parts),
        output_(output),
        directory_(directory),
        request_(request),
        watch_(request.stop_signal, parts.config.limits.max_wall),
        store_(directory.file("checkpoint")) {
    if (const auto& d = parts.config.dimension)
      scales_.emplace(*d, static_cast<std::uint64_t>(parts.config.seed), parts.whole);
    summary_.directory = directory.path();
    if (!directory.warning().empty()) summary_.warnings.push_back(directory.warning());
  }

  RunSummary drive() {
    output_.publish();
    Archive archive;
    archive.put("config", parts_.resolved);
    save_run_checkpoint(directory_, output_, archive, parts_.resolved);
    directory_.write_config(parts_.resolved);
    summary_.outcome = Outcome::complete;
    summary_.message = fmt::format("all {} levels", parts_.config.zoom.levels);
    try {
      Window window = parts_.whole;
      for (Index k = 0; k < parts_.config.zoom.levels; ++k) {
        const auto next = level(k, window);
        if (k + 1 == parts_.config.zoom.levels) break;
        if (!next) {
          summary_.warnings.push_back(fmt::format(
              "level {} has no boundary, so that there is nothing to zoom into; choose another "
              "window, or zoom.centre",
              k));
          break;
        }
        window = *next;
      }
      if (scales_) scales();
    } catch (const StopInside& s) {
      summary_.outcome = s.outcome;
      summary_.message = s.message;
    }
    return finish();
  }

 private:
  // Computes what is missing of a level, tile by tile, and gives the window of the next.
  std::optional<Window> level(Index number, const Window& window) {
    const Index n = parts_.config.window.resolution, across = parts_.tiles_across();
    std::vector<double> values(static_cast<std::size_t>(n * n));
    Level found{.window = window};
    std::mutex mutex;
    Index done = 0;
    std::atomic<bool> left = false;
    parallel_for(across * across, [&](Index t, int) {
      if (left) return;
      const auto content = tile(number, window, t);
      if (!content) {
        left = true;
        return;
      }
      const std::scoped_lock lock(mutex);
      copy_tile(t, content->values, values);
      found.work += content->work;
      tell_progress(number, ++done, across * across);
    });
    if (left)
      throw watch_.reason(fmt::format("in level {} of {}", number, parts_.config.zoom.levels));
    found.boundary = count_boundary(values, n);
    levels_.push_back(std::move(found));
    put_level(output_, *parts_.field, number, window, values, n);
    publish();

    Window next = window;
    for (auto& w : next.width) w /= parts_.config.zoom.factor;
    const auto& centre = parts_.config.zoom.centre;
    if (!centre.empty()) {
      std::copy_n(centre.begin(), 2, next.centre.begin());
      return next;
    }
    const auto nearest = nearest_boundary(values, n, window);
    if (!nearest) return std::nullopt;
    next.centre = *nearest;
    return next;
  }

  void publish() {
    put_numbers(into(output_), *parts_.field, numbers(), levels_, parts_.config);
    output_.set_status(status("running", ""));
    output_.publish();
  }

  [[nodiscard]] PlaneSummary numbers() const {
    auto all = plane_numbers(levels_);
    if (scales_) add_scales(all, scales_->groups(), parts_.config.dimension->ratio, parts_.whole);
    if (scales_) all.work += scales_->work();
    return all;
  }

  // How the boxes that the boundary meets multiply, scale after scale.
  void scales() {
    while (!scales_->finished()) {
      const Index k = scales_->scale();
      const bool all = scales_->advance(
          [&](Index scale, Index i, const std::vector<double>& x, const std::vector<double>& y) {
            return tile(scales_from + scale, i, x, y);
          },
          [&](Index done, Index windows) {
            if (!request_.on_sampling || !watch_.progress_due()) return;
            request_.on_sampling(
                static_cast<double>(k) / static_cast<double>(planned()),
                fmt::format("scale {} of {}  {} of {} windows", k, planned(), done, windows));
          });
      if (!all) throw watch_.reason(fmt::format("in scale {} of {}", k, planned()));
      publish();
      if (k == 0 && scales_->groups()[0][0][0] == 0) {
        summary_.warnings.push_back(
            "the whole window has no boundary that its dimension could be "
            "of; choose another window");
        break;
      }
    }
  }
  [[nodiscard]] Index planned() const { return parts_.config.dimension->scales; }

  // One tile of a level.
  std::optional<Tile> tile(Index number, const Window& window, Index t) const {
    const auto [row, rows, column, columns] = place(t);
    const Index n = parts_.config.window.resolution;
    std::vector<double> x, y;
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < columns; ++j) {
        x.push_back(window.at(0, column + j, n));
        y.push_back(window.at(1, row + i, n));
      }
    return tile(number, t, x, y);
  }

  // The field at points, from the disk or computed and kept there; none when the run must stop.
  std::optional<Tile> tile(Index number, Index t, const std::vector<double>& x,
                           const std::vector<double>& y) const {
    if (auto kept = store_.read(number, t, static_cast<Index>(x.size()))) return kept;
    Tile content;
    content.values.resize(x.size());
    content.work =
        parts_.field->evaluate(x, y, content.values, [this] { return watch_.must_stop(); });
    if (content.work < 0) return std::nullopt;
    store_.write(number, t, content);
    return content;
  }

  struct Place {
    Index row, rows, column, columns;
  };
  [[nodiscard]] Place place(Index t) const {
    const Index n = parts_.config.window.resolution, side = parts_.tile_side();
    const Index row = t / parts_.tiles_across() * side, column = t % parts_.tiles_across() * side;
    return {row, std::min(side, n - row), column, std::min(side, n - column)};
  }

  void copy_tile(Index t, const std::vector<double>& tile, std::vector<double>& values) const {
    const auto [row, rows, column, columns] = place(t);
    for (Index i = 0; i < rows; ++i)
      std::copy_n(tile.begin() + i * columns, columns,
                  values.begin() + (row + i) * parts_.config.window.resolution + column);
  }

  void tell_progress(Index number, Index done, Index all) {
    if (!request_.on_sampling || !watch_.progress_due()) return;
    const auto levels = static_cast<double>(parts_.config.zoom.levels);
    const double part = static_cast<double>(done) / static_cast<double>(all);
    request_.on_sampling((static_cast<double>(number) + part) / levels,
                         fmt::format("level {} of {}  {} of {} tiles", number,
                                     parts_.config.zoom.levels, done, all));
  }

  [[nodiscard]] RunStatus status(const std::string& name, const std::string& reason) const {
    RunStatus s;
    s.status = name;
    s.reason = reason;
    std::int64_t work = 0;
    for (const auto& l : levels_) work += l.work;
    const Index n = parts_.config.window.resolution;
    s.counts = {{"levels", static_cast<std::int64_t>(levels_.size())},
                {"points", static_cast<std::int64_t>(levels_.size()) * n * n +
                               (scales_ ? scales_->points() : 0)},
                {"work", work + (scales_ ? scales_->work() : 0)}};
    return s;
  }

  RunSummary finish() {
    summary_.plane = numbers();
    summary_.plane->resolution = parts_.config.window.resolution;
    summary_.plane->work_unit = parts_.field->work_unit();
    summary_.seconds = watch_.seconds();
    if (summary_.plane->slopes == 0 && success(summary_.outcome))
      summary_.warnings.push_back(
          "there is no dimension: it needs a boundary and at least 32 points along either side");
    // From the published levels, and before the run is called complete.
    if (parts_.config.output.pictures) write_plane_pictures(directory_.path());
    finish_run(directory_, output_, status(name(summary_.outcome), status_reason(summary_)), {},
               parts_.config.output.report, summary_);
    if (success(summary_.outcome)) store_.clear();
    return summary_;
  }

  Parts& parts_;
  RunOutput& output_;
  const RunDirectory& directory_;
  const RunRequest& request_;
  StopWatch watch_;
  TileStore store_;
  std::vector<Level> levels_;
  std::optional<DrawnScales> scales_;
  RunSummary summary_;
};

}  // namespace

bool asks_for_plane(const Config& config) { return config.root().find("plane") != nullptr; }

CheckedRun check_plane(const Config& config) {
  const Parts parts(config);
  CheckedRun checked{.resolved = parts.resolved};
  const auto n = static_cast<double>(parts.config.window.resolution);
  const auto levels = static_cast<double>(parts.config.zoom.levels);
  double drawn = 0.0;
  if (const auto& d = parts.config.dimension)
    drawn = static_cast<double>(1 + (d->scales - 1) * d->groups * d->windows) *
            static_cast<double>((d->resolution + 1) * (d->resolution + 1));
  // Measured at 4096 x 4096: the values, those of one sign in order and the pixels.
  checked.remarks.push_back(
      fmt::format("{:g} points in all; some {:.3g} MB of memory for one picture at a time",
                  levels * n * n + drawn, 22e-6 * n * n));
  const auto put = [&](const PutArray& put_array) {
    put_numbers(put_array, *parts.field, plane_numbers({}), {}, parts.config);
  };
  checked.results = {result_schema("boundary", "/boundary", put),
                     result_schema("zoom", "/zoom", put)};
  if (parts.config.dimension) checked.results.push_back(result_schema("scales", "/scales", put));
  for (const auto& [name, text] : parts.field->facts())
    checked.identity += name + " " + text + "\n";
  return checked;
}

RunSummary run_plane(const Config& config, const RunRequest& request) {
  Parts parts(config);
  const auto directory = new_run_directory(request);
  TileStore(directory.file("checkpoint"))
      .clear();  // of a run that was killed before its first word
  auto output = RunOutput::create(directory.path(), metadata(parts, request.arguments), {});
  return Driver(parts, output, directory, request).drive();
}

RunSummary resume_plane(const Config& config, const RunDirectory& directory,
                        const RunRequest& request) {
  Parts parts(config);
  const auto status = h5::File::open(directory.file("result.h5")).attribute("/", "status");
  if (status == h5::Value(name(Outcome::complete))) {
    TileStore(directory.file("checkpoint")).clear();  // killed before its last word, perhaps
    throw ConfigError(
        fmt::format("the run in {} is complete; start another one with more levels or points",
                    directory.path()));
  }
  auto output = RunOutput::reopen(directory.path(), metadata(parts, request.arguments), {}, {});
  return Driver(parts, output, directory, request).drive();
}

}  // namespace thalweg
