// A singly diagonally implicit Runge-Kutta method with Newton-Krylov iteration, for stiff systems
// of any size: gradient flows over long times above all.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/solvers/step_control.hpp>

#include <optional>

namespace thalweg {

class AdaptiveStepper;

struct Sdirk : StepControl {
  Index basis =
      400;  ///< most Krylov vectors kept, 2 vectors of the state's size each; at most 512 MiB
  /// Share of rtol, atol to which stages are solved. Not given: 0.2 for a gradient flow, which
  /// mostly contracts what Newton leaves, 0.003 otherwise (van der Pol's oscillator amplifies it at
  /// jumps).
  std::optional<double> newton_tolerance{};
  void fields(Fields& f);
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// @throws ConfigError when an option is out of range.
std::unique_ptr<AdaptiveStepper> make_sdirk(const AnySystem& system, const StepControl& control,
                                            const Sdirk& options);

}  // namespace thalweg
