// A Rosenbrock method for small stiff systems: linearly implicit, with a dense LU decomposition.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/solvers/step_control.hpp>

namespace thalweg {

class AdaptiveStepper;

struct RosenbrockMethod : StepControl {
  static constexpr Index most_unknowns = 200;  ///< the Jacobian is dense
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// @throws ModelError when the system has more than 200 unknowns.
std::unique_ptr<AdaptiveStepper> make_rosenbrock(const AnySystem& system,
                                                 const StepControl& control);

}  // namespace thalweg
