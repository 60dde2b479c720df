#include <thalweg/run/lyapunov/lyapunov_run.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/chaos/difference_motion.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/core/with_error.hpp>
#include <thalweg/run/lyapunov/lyapunov_output.hpp>
#include <thalweg/run/motion_parts.hpp>
#include <thalweg/run/results.hpp>
#include <thalweg/run/run_files.hpp>
#include <thalweg/run/run_keeper.hpp>
#include <thalweg/run/run_metadata.hpp>
#include <thalweg/run/start_from.hpp>
#include <thalweg/run/stored_layout.hpp>
#include <thalweg/run/time_meaning.hpp>
#include <tuple>

namespace thalweg {

namespace {

constexpr Index rows_wanted = 200;
constexpr Index least_judged = 256;  // intervals, before a target may end a run

// The parts of a run, made from its configuration.
struct Parts {
  explicit Parts(const Config& source) {
    ConfigReader reader(source);
    config.fields(reader);
    reader.finish();
    resolved = reader.resolved();
    motion = placed(reader.place("dynamics"), [&] { return made(config); });
    unit = exponent_time_unit(*config.model, motion);
    const Vec x0 = placed(config.start.place, [&] { return start_state(config, motion); });
    if (!config.start.from.empty())
      parent_run_id = placed(config.start.place, [&] { return stored_run_id(config.start.from); });
    options = config.lyapunov.options(motion.dim());
    stride = std::max<Index>(1, config.lyapunov.intervals() / rows_wanted);
    const auto seed = static_cast<std::uint64_t>(config.seed);
    if (config.lyapunov.by_differences())
      placed(reader.place("lyapunov"), [&] {
        check_differences(make_motion(*config.model, config.motion), x0, config.lyapunov.start);
        return 0;
      });
    placed(reader.place("lyapunov"), [&] {
      for (Index s = 0; s < config.lyapunov.starts; ++s) {
        Rng rng(seed, fmt::format("lyapunov-{}", s));
        Vec x = x0;
        if (s > 0) {  // the first orbit starts at the point itself
          Vec push(x.size());
          rng.fill_normal(push);
          // Velocities and moments start as those of the first orbit: a negative moment is no
          // state.
          if (const auto* p = motion.potential()) push.tail(push.size() - p->dim()).setZero();
          x += config.lyapunov.spread * (1.0 + x0.norm()) * push;
        }
        // Orbits go on in threads: each has a motion of its own, and a model too where that is the
        // motion, whose workspaces need not be for several threads.
        Motion own = s == 0 ? motion : another(source);
        motions.push_back(own);
        orbits.push_back(std::make_unique<LyapunovTrajectory>(own, config.motion.solver, options, x,
                                                              std::move(rng)));
      }
      return 0;
    });
  }

  [[nodiscard]] Motion another(const Config& source) const {
    if (config.model->potential()) return made(config);
    RunConfig again;
    ConfigReader reader(source);
    again.fields(reader);
    return made(again);
  }
  static Motion made(const RunConfig& c) {
    const Motion plain = make_motion(*c.model, c.motion);
    return c.lyapunov.by_differences() ? difference_motion(plain) : plain;
  }

  [[nodiscard]] Archive save() const {
    Archive a;
    a.put("config", resolved);
    a.put("done", static_cast<std::int64_t>(done));
    a.put("stride", static_cast<std::int64_t>(stride));
    const auto counts = calls();
    a.put("rhs", counts.rhs);
    a.put("jvp", counts.jvp);
    a.put("gradients", counts.gradients);
    a.put("hessian_products", counts.hessian_products);
    for (std::size_t s = 0; s < orbits.size(); ++s) orbits[s]->save(a, fmt::format("orbit{}.", s));
    return a;
  }
  void load(const Archive& a) {
    done = a.integer("done");
    stride = a.integer("stride");
    CallCounts counts;
    counts.rhs = a.integer("rhs");
    counts.jvp = a.integer("jvp");
    counts.gradients = a.integer("gradients");
    counts.hessian_products = a.integer("hessian_products");
    motion.set_counts(counts);
    for (std::size_t s = 0; s < orbits.size(); ++s) orbits[s]->load(a, fmt::format("orbit{}.", s));
  }

  // Of all orbits; after a resume the first has those from before.
  [[nodiscard]] CallCounts calls() const {
    CallCounts all;
    for (const auto& m : motions) {
      const auto c = m.counts();
      all.rhs += c.rhs;
      all.jvp += c.jvp;
      all.gradients += c.gradients;
      all.hessian_products += c.hessian_products;
    }
    return all;
  }

  [[nodiscard]] bool any_running() const {
    return std::any_of(orbits.begin(), orbits.end(),
                       [](const auto& o) { return o->outcome() == OrbitOutcome::running; });
  }
  // All orbits that give numbers have the error that was asked for.
  [[nodiscard]] bool precise() const {
    const double target = config.lyapunov.target_error;
    // An error bar of few intervals may be small by chance, and would be taken for it.
    if (done < std::min(config.lyapunov.intervals(), transient_intervals() + least_judged))
      return false;
    return target > 0.0 && any_running() &&
           std::all_of(orbits.begin(), orbits.end(), [&](const auto& o) {
             return o->outcome() != OrbitOutcome::running ||
                    o->averages().standard_error().template maxCoeff<Eigen::PropagateNaN>() <=
                        target;
           });
  }
  [[nodiscard]] Index transient_intervals() const {
    return static_cast<Index>(std::ceil(config.lyapunov.transient / config.lyapunov.interval));
  }
  [[nodiscard]] bool finished() const {
    return precise() || !any_running() || done >= config.lyapunov.intervals();
  }

  RunConfig config;
  std::string resolved, parent_run_id;
  std::string unit;             // of what is counted: time, steps of a map, layers
  Motion motion;                // of the first orbit
  std::vector<Motion> motions;  // of each
  LyapunovOptions options;
  Orbits orbits;
  Index done = 0;    // intervals of all orbits, at the last row
  Index stride = 1;  // intervals between two rows, also of a run that goes on for longer
};

Metadata metadata(const Parts& parts, const std::vector<std::string>& arguments) {
  auto m = model_metadata(parts.config, parts.resolved, parts.motion.potential(),
                          parts.parent_run_id, arguments);
  m.summary = fmt::format("Lyapunov exponents of {}", parts.config.model_name);
  if (parts.config.model->potential()) {
    m.summary += " under " + parts.config.motion.dynamics_name;
    m.attributes["dynamics"] = parts.config.motion.dynamics_name;
  }
  if (parts.motion.system()) m.attributes["solver"] = parts.config.motion.solver_name;
  m.attributes["lyapunov_method"] = parts.config.lyapunov.method;
  if (parts.config.lyapunov.by_differences())
    m.attributes["approximation"] = std::string(difference_approximation);
  m.attributes["restart"] = std::string("a resumed run gives the same bits");
  return m;
}

std::vector<SeriesSchema> schemas(const Parts& parts) {
  return {lyapunov_schema(parts.config.lyapunov.starts, parts.options.exponents, parts.unit)};
}

// All orbits go on to the interval `goal`; false when they had to stop before.
bool advance(Parts& parts, Index goal, const StopWatch& watch) {
  parallel_for(static_cast<Index>(parts.orbits.size()), [&](Index s, int) {
    auto& orbit = *parts.orbits[static_cast<std::size_t>(s)];
    while (orbit.intervals() < goal && !watch.must_stop() && orbit.advance()) {
    }
  });
  for (const auto& o : parts.orbits)
    if (o->outcome() == OrbitOutcome::running && o->intervals() < goal) return false;
  parts.done = goal;
  return true;
}

void append_row(const Parts& parts, Index intervals, RowSink& rows, std::size_t series) {
  const auto& c = parts.config.lyapunov;
  const double counted = static_cast<double>(intervals) * c.interval - c.transient;
  if (counted > 0.0) rows.append(series, counted, intervals, lyapunov_row(parts.orbits));
}

StopInside reason_of_stop(const Parts& parts, const StopWatch& watch) {
  return watch.reason(
      fmt::format("after {} of {} intervals", parts.done, parts.config.lyapunov.intervals()));
}

// What the orbits found, as a summary tells it.
void conclude(const Parts& parts, RunSummary& summary) {
  if (parts.config.lyapunov.by_differences())
    summary.warnings.emplace_back(difference_approximation);
  if (parts.any_running())  // else the message says it
    for (auto& w : lyapunov_warnings(parts.orbits)) summary.warnings.push_back(std::move(w));
  summary.lyapunov = lyapunov_numbers(parts.orbits, parts.motion, parts.unit);
  const double target = parts.config.lyapunov.target_error;
  if (target > 0.0 && parts.any_running()) {
    summary.quality_met = parts.precise();
    summary.quality_messages.push_back(fmt::format(
        "lyapunov.target_error: {} standard errors are <= {:g}, {}",
        summary.quality_met ? "all" : "not all", target, summary.quality_met ? "met" : "NOT met"));
  }
  summary.calls = parts.calls();
  for (const auto& o : parts.orbits) summary.t = std::max(summary.t, o->time());
}

class Driver {
 public:
  Driver(Parts& parts, RunOutput& output, const RunDirectory& directory, const RunRequest& request)
      : parts_(parts),
        output_(output),
        directory_(directory),
        request_(request),
        watch_(request.stop_signal, parts.config.limits.max_wall),
        keeper_(output, directory, parts.config.output, parts.resolved) {
    summary_.directory = directory.path();
    if (!directory.warning().empty()) summary_.warnings.push_back(directory.warning());
  }

  RunSummary drive() {
    checkpoint();  // from here on the run can be resumed, even after SIGKILL
    directory_.write_config(parts_.resolved);
    summary_.outcome = Outcome::complete;
    summary_.message = "exponents of " + parts_.config.model_name;
    const Index all = parts_.config.lyapunov.intervals();
    bool stopped = false;
    while (!stopped && !parts_.finished()) {
      const Index goal = std::min(parts_.done + parts_.stride, all);
      stopped = !advance(parts_, goal, watch_);
      if (stopped) break;
      append_row(parts_, goal, output_, 0);
      keep();
      tell_progress(goal, all);
    }
    if (!stopped && !parts_.any_running()) {
      std::tie(summary_.outcome, summary_.message) = outcome_without_numbers(parts_.orbits);
    } else if (stopped) {
      auto stop = reason_of_stop(parts_, watch_);
      summary_.outcome = stop.outcome;
      summary_.message = std::move(stop.message);
    }
    checkpoint();
    return finish();
  }

 private:
  RunStatus status(const std::string& name, const std::string& reason) const {
    const auto counts = parts_.calls();
    RunStatus s;
    s.status = name;
    s.reason = reason;
    for (const auto& o : parts_.orbits) s.t_reached = std::max(s.t_reached, o->time());
    s.counts = {{"rhs_calls", counts.rhs},
                {"gradient_calls", counts.gradients},
                {"hessian_products", counts.hessian_products},
                {"jacobian_products", counts.jvp}};
    return s;
  }

  void checkpoint() { keeper_.checkpoint(status("running", ""), parts_.save()); }

  void keep() {
    if (keeper_.checkpoint_due())
      checkpoint();
    else if (keeper_.publish_due())
      keeper_.publish(status("running", ""));
  }

  void tell_progress(Index done, Index all) {
    if (!request_.on_sampling) return;
    const auto found = lyapunov_numbers(parts_.orbits, parts_.motion, parts_.unit);
    std::string words = "no number yet";
    if (!found.numbers.empty())
      words = "largest exponent " +
              with_error(found.numbers[0].value, *found.numbers[0].standard_error);
    request_.on_sampling(static_cast<double>(done) / static_cast<double>(all), words);
  }

  RunSummary finish() {
    const Index n = parts_.motion.dim();
    put_vector(output_, "/final", "state", "last finite state of the first orbit",
               parts_.orbits.front()->state().head(n));
    put_lyapunov_orbits(into(output_), parts_.orbits, parts_.motion, parts_.unit);
    put_lyapunov_means(into(output_), parts_.orbits, parts_.motion, parts_.unit);
    conclude(parts_, summary_);
    summary_.seconds = watch_.seconds();
    finish_run(directory_, output_, status(name(summary_.outcome), status_reason(summary_)),
               schemas(parts_), parts_.config.output.report, summary_);
    return summary_;
  }

  Parts& parts_;
  RunOutput& output_;
  const RunDirectory& directory_;
  const RunRequest& request_;
  RunSummary summary_;
  StopWatch watch_;
  RunKeeper keeper_;
};

}  // namespace

bool asks_for_lyapunov(const Config& config) { return config.root().find("lyapunov") != nullptr; }

CheckedRun check_lyapunov(const Config& config) {
  const Parts parts(config);
  CheckedRun checked{.resolved = parts.resolved};
  checked.remarks.push_back(
      fmt::format("{} exponents of a motion of {} unknowns from {} starts, over {} intervals each",
                  parts.options.exponents, parts.motion.dim(), parts.orbits.size(),
                  parts.config.lyapunov.intervals()));
  const auto& motion = parts.motion;
  checked.results = {result_schema("lyapunov", "/lyapunov",
                                   [&](const PutArray& put) {
                                     put_lyapunov_means(put, parts.orbits, motion, parts.unit);
                                   }),
                     result_schema("orbits", "/lyapunov", [&](const PutArray& put) {
                       put_lyapunov_orbits(put, parts.orbits, motion, parts.unit);
                     })};
  checked.results.push_back(schemas(parts).front());
  checked.identity = facts_and_start(parts.motion.potential(), parts.orbits.front()->state());
  return checked;
}

RunSummary lyapunov_in_memory(const Config& config, const LyapunovSinks& sinks,
                              const MemoryRunOptions& options) {
  Parts parts(config);
  StopWatch watch(options.stop_signal, parts.config.limits.max_wall);
  RunSummary summary;
  summary.message = "exponents of " + parts.config.model_name;
  const Index all = parts.config.lyapunov.intervals();
  while (!parts.finished()) {
    const Index goal = std::min(parts.done + parts.stride, all);
    if (!advance(parts, goal, watch)) {
      auto stop = reason_of_stop(parts, watch);
      summary.outcome = stop.outcome;
      summary.message = std::move(stop.message);
      break;
    }
    append_row(parts, goal, sinks.rows, sinks.series);
    if (options.on_progress && watch.progress_due())
      options.on_progress(static_cast<double>(goal) / static_cast<double>(all));
  }
  if (success(summary.outcome) && !parts.any_running())
    std::tie(summary.outcome, summary.message) = outcome_without_numbers(parts.orbits);
  conclude(parts, summary);
  put_lyapunov_means(sinks.put, parts.orbits, parts.motion, parts.unit);
  put_lyapunov_orbits(sinks.put, parts.orbits, parts.motion, parts.unit);
  return summary;
}

RunSummary run_lyapunov(const Config& config, const RunRequest& request) {
  Parts parts(config);
  const auto directory = new_run_directory(request);
  auto output =
      RunOutput::create(directory.path(), metadata(parts, request.arguments), schemas(parts));
  put_layout(output, parts.motion.layout());
  return Driver(parts, output, directory, request).drive();
}

RunSummary resume_lyapunov(const Config& config, const Checkpoint& saved,
                           const RunDirectory& directory, const RunRequest& request) {
  Parts parts(config);
  parts.load(saved.archive);
  const auto status = h5::File::open(directory.file("result.h5")).attribute("/", "status");
  if (!parts.any_running())
    throw ConfigError(fmt::format("no orbit of the run in {} is left to go on: {}",
                                  directory.path(), outcome_without_numbers(parts.orbits).second));
  if (parts.finished() && status == h5::Value(name(Outcome::complete)))
    throw ConfigError(
        fmt::format("the run in {} is complete; ask for more with --set lyapunov.duration=...",
                    directory.path()));
  auto output = RunOutput::reopen(directory.path(), metadata(parts, request.arguments),
                                  schemas(parts), saved_rows(saved.archive, 1));
  return resumed(saved, request, [&] { return Driver(parts, output, directory, request).drive(); });
}

}  // namespace thalweg
