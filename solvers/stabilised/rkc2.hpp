// Runge-Kutta-Chebyshev of order 2: an explicit method whose stability interval grows with the
// square of its stages, for gradient flows and other systems with a nearly real, negative spectrum.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/solvers/step_control.hpp>

namespace thalweg {

class AdaptiveStepper;

struct Rkc2 : StepControl {
  Rkc2();
  Index max_stages = 1000;  ///< at most; fewer at tight tolerances, where rounding would show
  void fields(Fields& f);
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// @throws ConfigError when an option is out of range.
std::unique_ptr<AdaptiveStepper> make_rkc2(const AnySystem& system, const StepControl& control,
                                           Index max_stages);

}  // namespace thalweg
