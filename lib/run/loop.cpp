#include <thalweg/run/loop.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/clock.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

namespace {

constexpr std::int64_t default_budget = LoopOptions{}.max_steps;

// Watches for a run that cannot reach its end: the steps that are left at the present size, against
// the budget. A single small step is normal (a kink, a transient, which may be over soon: hence the
// margin of 4); a thousand in a row are not, nor is any fixed one. A budget below the default is a
// wish to go on later, not a sign of despair.
class Stall {
 public:
  bool hopeless(const Stepper& stepper, const StepReport& report, double t_end,
                std::int64_t budget) {
    const double left = (t_end - stepper.time()) / report.dt_used;
    const bool fixed = !stepper.info().adaptive;
    limited_ = report.stability_limited ? limited_ + 1 : 0;
    const double margin = fixed || by_stability() ? 1.0 : 4.0;
    const bool far = left > margin * static_cast<double>(std::max(budget, default_budget));
    in_a_row_ = far ? in_a_row_ + 1 : 0;
    return in_a_row_ >= (fixed ? 1 : 1000);
  }
  [[nodiscard]] bool by_stability() const { return limited_ >= 15; }

 private:
  int in_a_row_ = 0, limited_ = 0;
};

Outcome classify(const Stepper& stepper, const StepReport& last) {
  if (!last.finite || !all_finite(stepper.state())) return Outcome::not_finite;
  return Outcome::step_too_small;
}

}  // namespace

LoopResult run_loop(Stepper& stepper, Events& events, const LoopOptions& options,
                    StepCounts& counts, std::span<Observer* const> observers) {
  const auto start = Clock::now();
  LoopResult result;
  const auto end = [&](Outcome outcome, std::string message) {
    result.outcome = outcome;
    result.message = std::move(message);
    result.t = stepper.time();
    result.x = stepper.state();
    return result;
  };

  Stall stall;
  StepReport report;
  Vec x_event(stepper.state().size());
  while (stepper.time() < options.t_end) {
    if (options.stop_signal && *options.stop_signal)
      return end(Outcome::interrupted,
                 fmt::format("stopped by a signal at t = {:.6g}", stepper.time()));
    if (counts.accepted + counts.rejected >= options.max_steps)
      return end(Outcome::step_budget,
                 fmt::format(
                     "{} steps (limits.max_steps) reached t = {:.6g} of {:.6g}, the step is "
                     "{:.3g}{}; raise it or choose another solver",
                     options.max_steps, stepper.time(), options.t_end, stepper.next_step_size(),
                     stall.by_stability() ? " and held there by stability (a stiff problem)" : ""));
    if (options.max_wall > 0.0 && seconds_since(start) > options.max_wall)
      return end(Outcome::wall_budget,
                 fmt::format("{:g} s (limits.max_wall) reached t = {:.6g} of {:.6g}",
                             options.max_wall, stepper.time(), options.t_end));

    const double t_before = stepper.time();
    try {
      report = stepper.step(options.t_end);
    } catch (const MotionError& e) {
      return end(Outcome::no_motion, e.what());
    } catch (const SolveError& e) {
      return end(classify(stepper, report), e.what());
    }
    if (!report.accepted) {
      ++counts.rejected;
      continue;
    }
    if (stepper.time() == t_before) break;  // a map whose next iterate lies past the end
    ++counts.accepted;

    double t_to = stepper.time();
    bool stop = false, restart = false;
    std::string stopped_by;
    for (const auto& hit : events.find(stepper)) {
      if (hit.t > t_to) break;
      const auto& event = events.all()[hit.event];
      events.happened(hit.event);
      stepper.interpolate(hit.t, x_event);
      for (auto* o : observers) o->on_event(stepper, event, hit.t, x_event);
      if (event.action == EventAction::record) continue;
      stop = event.action == EventAction::stop;
      restart = !stop;
      stopped_by = event.name;
      t_to = hit.t;
      break;
    }
    for (auto* o : observers) o->on_interval(stepper, t_before, t_to);
    if (auto notice = stepper.take_notice(); !notice.empty())
      for (auto* o : observers) o->on_notice(notice);
    if (stop) {
      if (t_to < stepper.time()) stepper.reset(t_to, x_event);  // a later command goes on from here
      events.start(t_to, x_event);
      end(Outcome::event, fmt::format("event \"{}\" at t = {:.10g}", stopped_by, t_to));
      result.t = t_to;
      result.x = x_event;
      return result;
    }
    if (restart) {
      stepper.reset(t_to, x_event);
      events.start(t_to, x_event);
    }
    const double size = norm(stepper.state());
    if (!(size <= options.divergence))
      return end(Outcome::diverged,
                 fmt::format("|x| = {:.3g} passed limits.divergence = {:.3g} at t = {:.6g}; {}",
                             size, options.divergence, stepper.time(),
                             stepper.info().adaptive
                                 ? "the motion itself runs away, end it earlier"
                                 : "a smaller step (learning rate) may keep it bounded"));
    for (auto* o : observers) o->on_node(stepper, counts);
    if (stall.hopeless(stepper, report, options.t_end, options.max_steps)) {
      if (stall.by_stability())
        return end(
            Outcome::stiff,
            fmt::format("{} is held to steps of {:.3g} by stability at t = {:.6g}: {:.2g} "
                        "steps to t = {:.6g}; the problem is stiff, choose a solver for such "
                        "(thalweg list solvers)",
                        stepper.method(), report.dt_used, stepper.time(),
                        (options.t_end - stepper.time()) / report.dt_used, options.t_end));
      return end(Outcome::step_too_small,
                 fmt::format("stalled at t = {:.6g}: steps near {:.3g} leave {:.2g} of them to t = "
                             "{:.6g}; {}",
                             stepper.time(), report.dt_used,
                             (options.t_end - stepper.time()) / report.dt_used, options.t_end,
                             stepper.info().adaptive
                                 ? "loosen solver.rtol and atol or choose another solver"
                                 : "raise the step, or limits.max_steps if this is what you want"));
    }
  }
  return end(Outcome::complete, fmt::format("reached t = {:.10g}", stepper.time()));
}

}  // namespace thalweg
