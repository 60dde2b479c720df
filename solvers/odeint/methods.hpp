// The methods that come from Boost.Odeint, as configured by a user. Each makes its stepper.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/solvers/step_control.hpp>

namespace thalweg {

class AdaptiveStepper;

/// A fixed step: x(t0 + n dt) for n = 0, 1, ...; the last one is shortened to land on the end.
struct FixedStep {
  double dt = 0.01;
  void fields(Fields& f);
};

/// Explicit Euler, order 1: x + dt f(x, t). With dt = learning rate it is gradient descent.
struct Euler : FixedStep {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// The classical Runge-Kutta method, order 4.
struct RungeKutta4 : FixedStep {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// Adams-Bashforth predictor and Adams-Moulton corrector of order 4, PECE, started by
/// Runge-Kutta 4.
struct AdamsBashforthMoulton : FixedStep {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// Dormand and Prince, order 5(4), dense output of order 4.
struct Dopri5 : StepControl {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

std::unique_ptr<AdaptiveStepper> make_dopri5(const AnySystem& system, const StepControl& control);

/// Cash and Karp, order 5(4).
struct CashKarp54 : StepControl {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// Fehlberg, order 8(7): for tolerances below 1e-8.
struct Fehlberg78 : StepControl {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// Extrapolated modified midpoint rule of variable order: for reference values.
struct BulirschStoer : StepControl {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

}  // namespace thalweg
