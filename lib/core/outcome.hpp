// How a run ended: a name for the file, a sentence for the reader, an exit code for the shell.
#pragma once
#include <string>

namespace thalweg {

enum class Outcome {
  complete,        ///< reached the end time
  event,           ///< a terminating event was reached: also a success
  interrupted,     ///< a signal: checkpoint written, resumable
  step_budget,     ///< max_steps or max_evaluations: checkpoint written, resumable
  wall_budget,     ///< max_wall: checkpoint written, resumable
  not_finite,      ///< NaN or infinity that a smaller step does not cure
  step_too_small,  ///< the step size underflowed
  no_motion,       ///< the motion has no right-hand side there (MotionError)
  diverged,        ///< the state or loss passed the bound of divergence
  stiff,           ///< an explicit method stalled on a stiff problem
};

[[nodiscard]] inline const char* name(Outcome outcome) {
  switch (outcome) {
    case Outcome::complete:
      return "complete";
    case Outcome::event:
      return "event";
    case Outcome::interrupted:
      return "interrupted";
    case Outcome::step_budget:
      return "step_budget";
    case Outcome::wall_budget:
      return "wall_budget";
    case Outcome::not_finite:
      return "not_finite";
    case Outcome::step_too_small:
      return "step_too_small";
    case Outcome::no_motion:
      return "no_motion";
    case Outcome::diverged:
      return "diverged";
    case Outcome::stiff:
      return "stiff";
  }
  return "unknown";
}

[[nodiscard]] inline bool success(Outcome o) {
  return o == Outcome::complete || o == Outcome::event;
}
[[nodiscard]] inline bool resumable(Outcome o) {
  return o == Outcome::interrupted || o == Outcome::step_budget || o == Outcome::wall_budget;
}

}  // namespace thalweg
