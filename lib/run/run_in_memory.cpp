#include <thalweg/run/run_in_memory.hpp>

#include <fmt/format.h>

#include <thalweg/run/run_keeper.hpp>

namespace thalweg {

namespace {

class Watcher final : public Observer {
 public:
  Watcher(const Assembly& parts, const MemoryRunOptions& options)
      : parts_(parts),
        options_(options),
        watch_(options.stop_signal, parts.config.limits.max_wall) {}

  void on_interval(Stepper&, double, double) override {}
  void on_node(Stepper& stepper, const StepCounts&) override {
    if (!options_.on_progress || !watch_.progress_due()) return;
    options_.on_progress((stepper.time() - parts_.t0) / (parts_.t_end - parts_.t0));
  }

  /// While a compared motion catches up with the run, which may take long.
  void on_companion_step() const {
    if (watch_.must_stop())
      throw watch_.reason(
          fmt::format("while a compared motion caught up with t = {:.6g}", parts_.stepper->time()));
  }

 private:
  const Assembly& parts_;
  const MemoryRunOptions& options_;
  StopWatch watch_;
};

}  // namespace

LoopResult run_in_memory(Assembly& parts, RowSink& rows, const MemoryRunOptions& request) {
  parts.start();
  parts.recorder->attach(rows);
  Watcher watcher(parts, request);
  for (auto& c : parts.companions) c->on_step([&] { watcher.on_companion_step(); });
  LoopOptions options;
  options.t_end = parts.t_end;
  options.max_steps = parts.config.limits.max_steps;
  options.max_wall = parts.config.limits.max_wall;
  options.divergence = parts.config.limits.divergence;
  options.stop_signal = request.stop_signal;
  Observer* const observers[] = {parts.recorder.get(), &watcher};
  LoopResult result;
  try {
    parts.recorder->start(*parts.stepper);
    result = run_loop(*parts.stepper, parts.events, options, parts.steps, observers);
    parts.recorder->finish(*parts.stepper, result.t, result.x);
  } catch (const StopInside& stop) {  // no last row: a compared motion is not there yet
    if (result.message.empty())
      result = {stop.outcome, stop.message, parts.stepper->time(), parts.stepper->state()};
  }
  return result;
}

}  // namespace thalweg
