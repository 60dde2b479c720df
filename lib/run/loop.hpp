// THE time loop: one accepted step at a time, then events, then whoever watches. It drives flows
// and maps alike, stops early for a reason it can name, and always leaves the last finite state.
#pragma once
#include <thalweg/core/outcome.hpp>
#include <thalweg/core/stepper.hpp>
#include <thalweg/run/event.hpp>

#include <chrono>
#include <csignal>
#include <span>
#include <string>

namespace thalweg {

struct StepCounts {
  std::int64_t accepted = 0;
  std::int64_t rejected = 0;
};

struct LoopOptions {
  double t_end = 0.0;
  std::int64_t max_steps = 10'000'000;  ///< tries, accepted or not, in the whole run
  double max_wall = 0.0;                ///< seconds in this process; 0: no limit
  double divergence = 1e100;            ///< |x| beyond this is divergence
  const volatile std::sig_atomic_t* stop_signal = nullptr;  ///< not 0: finish the step and stop
};

struct Progress {
  double t = 0.0, t_end = 0.0, dt = 0.0;
  StepCounts steps{};
  std::string_view method{};
  double t_start = 0.0;
};

/// Thrown out of a hook to end the run inside a step, where nothing can be resumed but the last
/// checkpoint.
struct StopInside {
  Outcome outcome = Outcome::interrupted;
  std::string message;
};

/// Someone who watches a run. Every hook is passive: none may change the stepper.
class Observer {
 public:
  virtual ~Observer() = default;
  /// An accepted step; what lies in (t_from, t_to] has happened. t_to < stepper.time() when an
  /// event stopped the run inside the step.
  virtual void on_interval(Stepper& stepper, double t_from, double t_to) = 0;
  virtual void on_event(Stepper&, const Event&, double /*t*/, In /*x*/) {}
  /// After each accepted step, at a node from which the run can be resumed.
  virtual void on_node(Stepper&, const StepCounts&) {}
  /// A remark of the solver worth telling.
  virtual void on_notice(const std::string& /*text*/) {}
};

struct LoopResult {
  Outcome outcome = Outcome::complete;
  std::string message;
  double t = 0.0;  ///< where the run stands
  Vec x;           ///< the last finite state
};

/// Drives `stepper` from where it stands to options.t_end. `counts` goes on from what it holds, so
/// that a resumed run counts the whole.
LoopResult run_loop(Stepper& stepper, Events& events, const LoopOptions& options,
                    StepCounts& counts, std::span<Observer* const> observers);

}  // namespace thalweg
