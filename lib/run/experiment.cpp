#include <thalweg/run/experiment.hpp>

#include <fmt/format.h>

#include <thalweg/chaos/difference_motion.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/core/clock.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/run/assembly.hpp>
#include <thalweg/run/evidence/evidence.hpp>
#include <thalweg/run/lyapunov/lyapunov_run.hpp>
#include <thalweg/run/plane/plane_run.hpp>
#include <thalweg/run/run_files.hpp>
#include <thalweg/run/run_keeper.hpp>
#include <thalweg/run/run_metadata.hpp>
#include <thalweg/run/sampling/sampling.hpp>
#include <thalweg/run/stored_layout.hpp>
#include <thalweg/run/time_meaning.hpp>

namespace thalweg {

namespace {

// What is kept while a run goes on: rows are published when due, a checkpoint follows the rows it
// counts on, and the user hears how far it is.
class Watcher final : public Observer {
 public:
  Watcher(Assembly& parts, RunOutput& output, const RunDirectory& directory,
          const RunRequest& request, RunSummary& summary)
      : parts_(parts),
        request_(request),
        summary_(summary),
        watch_(request.stop_signal, parts.config.limits.max_wall),
        keeper_(output, directory, parts.config.output, parts.resolved) {}

  void on_interval(Stepper&, double, double) override {}

  void on_node(Stepper& stepper, const StepCounts& counts) override {
    if (keeper_.publish_due()) keeper_.publish(status());
    if (keeper_.checkpoint_due()) checkpoint();
    tell_progress(stepper, counts);
  }

  void on_notice(const std::string& text) override {
    summary_.notices.push_back(text);
    if (request_.on_notice) request_.on_notice(text);
  }

  // While a compared motion catches up with the run, which may take long.
  void on_companion_step() {
    if (watch_.must_stop())
      throw watch_.reason(
          fmt::format("while a compared motion caught up with t = {:.6g}; resume goes on from t = "
                      "{:.6g}",
                      parts_.stepper->time(), checkpoint_time_));
    if (keeper_.publish_due()) keeper_.publish(status());
    tell_progress(*parts_.stepper, parts_.steps);
  }

  void checkpoint() {
    keeper_.checkpoint(status(), parts_.save());
    checkpoint_time_ = parts_.stepper->time();
  }

 private:
  void tell_progress(const Stepper& stepper, const StepCounts& counts) {
    if (!request_.on_progress || !watch_.progress_due()) return;
    request_.on_progress({stepper.time(), parts_.t_end, stepper.next_step_size(), counts,
                          stepper.method(), parts_.t0},
                         parts_.recorder->last_loss());
  }

  [[nodiscard]] RunStatus status() const {
    RunStatus s;
    s.t_reached = parts_.stepper->time();
    return s;
  }

  Assembly& parts_;
  const RunRequest& request_;
  RunSummary& summary_;
  StopWatch watch_;
  RunKeeper keeper_;
  double checkpoint_time_ = 0.0;
};

std::map<std::string, std::int64_t> count_map(const Assembly& parts) {
  const auto calls = parts.motion.counts();
  return {{"steps_accepted", parts.steps.accepted},
          {"steps_rejected", parts.steps.rejected},
          {"rhs_calls", calls.rhs},
          {"gradient_calls", calls.gradients},
          {"hessian_products", calls.hessian_products},
          {"jacobian_products", calls.jvp}};
}

void check_quality(Assembly& parts, const LoopResult& result, RunSummary& summary) {
  const auto check = [&](const char* key, const char* quantity, std::optional<double> bound) {
    if (!bound) return;
    const double value = parts.recorder->value(quantity, *parts.stepper, result.t, result.x);
    const bool met = value <= *bound;
    summary.quality_met = summary.quality_met && met;
    summary.quality_messages.push_back(fmt::format("quality.{}: {:.3g} {} {:.3g}, {}", key, value,
                                                   met ? "<=" : "is not <=", *bound,
                                                   met ? "met" : "NOT met"));
  };
  check("global_error", "relative_distance_tighter", parts.config.quality.global_error);
  check("energy_balance", "energy_balance", parts.config.quality.energy_balance);
  if (parts.config.quality.symmetry) {
    const bool met = parts.recorder->passed();
    summary.quality_met = summary.quality_met && met;
    summary.quality_messages.push_back(
        fmt::format("quality.symmetry: {}", met ? "no FAIL, met" : "an audit says FAIL, NOT met"));
  }
}

// `begin`: when the rows of the start were asked for.
RunSummary drive(Assembly& parts, RunOutput& output, const RunDirectory& directory,
                 const RunRequest& request, Clock::time_point begin) {
  RunSummary summary;
  summary.directory = directory.path();
  summary.solver = parts.stepper->info().description;
  if (!directory.warning().empty()) summary.warnings.push_back(directory.warning());
  if (parts.config.tangents && parts.config.tangents->by_differences())
    summary.warnings.emplace_back(difference_approximation);

  Watcher watcher(parts, output, directory, request, summary);
  // From here on the run can be resumed, even after SIGKILL.
  watcher.checkpoint();
  directory.write_config(parts.resolved);

  LoopOptions options;
  options.t_end = parts.t_end;
  options.max_steps = parts.config.limits.max_steps;
  options.max_wall = parts.config.limits.max_wall;
  options.divergence = parts.config.limits.divergence;
  options.stop_signal = request.stop_signal;
  Observer* const observers[] = {parts.recorder.get(), &watcher};
  for (auto& c : parts.companions) c->on_step([&] { watcher.on_companion_step(); });
  LoopResult result;
  bool at_node = true;  // what stands in memory can be resumed
  try {
    result = run_loop(*parts.stepper, parts.events, options, parts.steps, observers);
  } catch (const StopInside& stop) {
    at_node = false;
    result = {stop.outcome, stop.message, parts.stepper->time(), parts.stepper->state()};
  }

  summary.outcome = result.outcome;
  summary.message = result.message;
  summary.t = result.t;
  summary.time_name = time_axis_name(parts.context->time_unit);
  // Before the last rows, so that a later command can go on from here with another end time.
  if (at_node) watcher.checkpoint();
  try {
    parts.recorder->finish(*parts.stepper, result.t, result.x);
    if (success(result.outcome)) check_quality(parts, result, summary);
  } catch (const StopInside&) {  // no last row: a compared motion is not there yet
  }
  summary.verdicts = parts.recorder->verdicts();
  for (const auto& c : parts.companions)
    if (!c->alive())
      summary.warnings.push_back(fmt::format("compare \"{}\" failed: {}", c->name(), c->failure()));
  put_vector(output, "/final", "state", "last finite state", result.x);
  if (const auto* potential = parts.motion.potential())
    for (const auto& e : potential->exhibits(result.x.head(potential->dim()))) {
      output.put("/exhibits", e.variable, e.values);
      if (e.variable.approximate) summary.warnings.push_back(e.variable.comment);
    }

  RunStatus status;
  status.status = name(result.outcome);
  status.reason = status_reason(summary);
  status.t_reached = result.t;
  status.counts = count_map(parts);
  summary.steps = parts.steps;
  summary.calls = parts.motion.counts();
  summary.final_values = parts.recorder->last_values();
  summary.seconds = seconds_since(begin);
  summary.seconds_of_rows = parts.recorder->seconds();
  finish_run(directory, output, status, parts.recorder->schemas(), parts.config.output.report,
             summary);
  return summary;
}

}  // namespace

int RunSummary::exit_code(int signal) const {
  if (outcome == Outcome::interrupted) return signal > 0 ? 128 + signal : 6;
  if (resumable(outcome)) return 6;
  if (!success(outcome)) return 3;
  return quality_met ? 0 : 4;
}

CheckedRun check(const Config& config) {
  if (asks_for_evidence(config)) return check_evidence(config);
  if (asks_for_lyapunov(config)) return check_lyapunov(config);
  if (asks_for_plane(config)) return check_plane(config);
  if (asks_for_draws(config)) return check_sampling(config);
  Assembly parts(config);
  parts.start();
  CheckedRun checked{.resolved = parts.resolved};
  for (const auto& a : parts.config.analyses)
    checked.remarks.push_back(fmt::format(
        "analysis \"{}\" ({}) holds up to {:.3g} MB for {} parameters, besides what a Hessian "
        "product takes",
        a.name, a.method, 1e-6 * a.make.memory(parts.motion.potential()->dim()),
        parts.motion.potential()->dim()));
  return checked;
}

RunSummary run(const Config& config, const RunRequest& request) {
  if (asks_for_evidence(config)) return run_evidence(config, request);
  if (asks_for_lyapunov(config)) return run_lyapunov(config, request);
  if (asks_for_plane(config)) return run_plane(config, request);
  if (asks_for_draws(config)) return run_sampling(config, request);
  Assembly parts(config);
  parts.start();
  const auto directory = new_run_directory(request);
  auto output = RunOutput::create(directory.path(), run_metadata(parts, request.arguments),
                                  parts.recorder->schemas(), output_options(parts.config.output));
  put_vector(output, "/initial", "state", "state at the start", parts.context->x0);
  put_layout(output, parts.motion.layout());
  const auto begin = Clock::now();
  parts.recorder->attach(output);
  parts.recorder->start(*parts.stepper);
  return drive(parts, output, directory, request, begin);
}

RunSummary resume(const std::vector<std::string>& overrides, const RunRequest& request) {
  for (const auto& o : overrides) {
    const auto key = o.substr(0, o.find('='));
    if (key != "time.end" && key != "time.steps" && key != "draws.count" &&
        key != "lyapunov.duration" && key != "lyapunov.target_error" &&
        !key.starts_with("limits.") && !key.starts_with("output."))
      throw ConfigError(
          fmt::format("--set {}: a resumed run keeps its configuration; only time.end, time.steps, "
                      "draws.count, lyapunov.duration, lyapunov.target_error, limits.* and "
                      "output.* may change (start another run instead)",
                      o));
  }
  const auto directory = RunDirectory::open(request.directory);
  const auto saved = load_checkpoint(directory.path());
  const auto& text = saved.archive.text("config");
  if (!directory.read_config().ends_with(text))
    throw ConfigError(fmt::format(
        "{} was edited since the run began, and a resumed run keeps its configuration; start "
        "another run from it, or put it back (the checkpoint's own copy: h5dump -d /texts/config "
        "{})",
        directory.file("run.toml"), directory.file("checkpoint/checkpoint.h5")));
  auto config = Config::from_text(text, directory.file("run.toml"));
  for (const auto& o : overrides) config.set(o);
  if (asks_for_evidence(config)) return resume_evidence(config, saved, directory, request);
  if (asks_for_lyapunov(config)) return resume_lyapunov(config, saved, directory, request);
  if (asks_for_plane(config)) return resume_plane(config, directory, request);
  if (asks_for_draws(config)) return resume_sampling(config, saved, directory, request);

  const Vec x0 = saved.archive.vector("x0");
  Assembly parts(config, &x0);
  parts.load(saved.archive);
  // Killed between its last step and its last word, a run is finished by resuming it.
  const double t = parts.stepper->time();
  const auto status = h5::File::open(directory.file("result.h5")).attribute("/", "status");
  if (t > parts.t_end || (t == parts.t_end && status == h5::Value(name(Outcome::complete))))
    throw ConfigError(fmt::format(
        "the run in {} stands at t = {:g}, which is not before its end {:g}; give a later "
        "one with --set time.end=...",
        directory.path(), t, parts.t_end));
  const auto schemas = parts.recorder->schemas();
  auto output = RunOutput::reopen(directory.path(), run_metadata(parts, request.arguments), schemas,
                                  saved_rows(saved.archive, schemas.size()),
                                  output_options(parts.config.output));
  parts.recorder->attach(output);
  return resumed(saved, request,
                 [&] { return drive(parts, output, directory, request, Clock::now()); });
}

}  // namespace thalweg
