#include <thalweg/run/lyapunov/lyapunov_config.hpp>

#include <cmath>

namespace thalweg {

void LyapunovConfig::fields(Fields& f) {
  f("method", method, "",
    "tangent vectors with the motion's derivatives, or two trajectories, brought together again "
    "after every interval, or never, as the textbook formula says",
    one_of({"tangent", "two_trajectories", "textbook"}));
  f("derivatives", derivatives, "",
    "of tangent vectors: the motion's own, or fourth-order differences of the motion, approximate, "
    "for motions that have none (mini-batches, models without Hessian or Jacobian products)",
    one_of({"exact", "differences"}));
  f("exponents", exponents, "1", "how many, the largest first; 0: all", at_least(0));
  f("start", start, "1", "model time of a flow, or step of a map, where orbits begin");
  f("transient", transient, "1", "model time, or steps of a map, before anything is counted",
    at_least(0.0));
  f("duration", duration, "1", "model time, or steps of a map, that are counted at most",
    positive());
  f("interval", interval, "1", "model time, or steps of a map, between two orthonormalisations",
    positive());
  f("target_error", target_error, "1",
    "standard error at which to stop, judged from 256 intervals on; exit code 4 when it is not "
    "reached; 0: use all the time",
    at_least(0.0));
  f("starts", starts, "1", "orbits, each with an error bar of its own", at_least(1));
  f("spread", spread, "1",
    "standard deviation of the starts around the start point, times 1 + |x|; the first is on it, "
    "and velocities and moments of a dynamics are the same for all",
    at_least(0.0));
  f("separation", separation, "1", "of two trajectories, times 1 + |x|", between(1e-14, 1.0));
  f("escape", escape, "1", "an orbit with an entry beyond this has escaped", positive());
  place = f.place("interval");
  if (!f.reading()) return;
  if (method != "tangent" && exponents != 1)
    f.reject("exponents", "must be 1 with two trajectories; use method = \"tangent\"");
  if (method != "tangent" && by_differences())
    f.reject("derivatives", "does not apply to two trajectories, which need none");
  if (duration < interval) f.reject("duration", "must be >= interval");
  if (transient > 0.0 && interval > transient + duration)
    f.reject("interval", "must be <= transient + duration");
}

LyapunovOptions LyapunovConfig::options(Index dim) const {
  return {.method = method == "tangent"            ? LyapunovMethod::tangent
                    : method == "two_trajectories" ? LyapunovMethod::two_trajectories
                                                   : LyapunovMethod::textbook,
          .exponents = exponents == 0 ? dim : exponents,
          .start = start,
          .interval = interval,
          .transient = transient,
          .separation = separation,
          .escape = escape};
}

Index LyapunovConfig::intervals() const {
  return static_cast<Index>(std::ceil((transient + duration) / interval * (1.0 - 1e-12)));
}

}  // namespace thalweg
