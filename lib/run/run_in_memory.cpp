#include <thalweg/run/run_in_memory.hpp>

#include <fmt/format.h>

#include <chrono>

namespace thalweg {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Watcher final : public Observer {
 public:
  Watcher(const Assembly& parts, const MemoryRunOptions& options)
      : parts_(parts), options_(options) {}

  void on_interval(Stepper&, double, double) override {}
  void on_node(Stepper& stepper, const StepCounts&) override {
    if (!options_.on_progress || seconds_since(last_) < 0.2) return;
    last_ = Clock::now();
    options_.on_progress((stepper.time() - parts_.t0) / (parts_.t_end - parts_.t0));
  }

  /// While a compared motion catches up with the run, which may take long.
  void on_companion_step() const {
    const double most = parts_.config.limits.max_wall;
    if (options_.stop_signal && *options_.stop_signal)
      throw StopInside{Outcome::interrupted, "stopped by a signal"};
    if (most > 0.0 && seconds_since(begin_) > most)
      throw StopInside{Outcome::wall_budget,
                       fmt::format("{:g} s (limits.max_wall) were over while a compared motion "
                                   "caught up with t = {:.6g}",
                                   most, parts_.stepper->time())};
  }

 private:
  const Assembly& parts_;
  const MemoryRunOptions& options_;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = begin_;
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
