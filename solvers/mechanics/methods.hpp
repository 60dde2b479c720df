// The methods that keep the structure of a second-order motion, mass v' = force(q) - friction v, q'
// = v, as configured by a user. Each makes its stepper, and all but ImplicitMidpoint throw a
// ModelError for a motion that is not of this form.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/solvers/odeint/methods.hpp>

namespace thalweg {

/// Kick, drift, kick; order 2, symplectic, time-reversible. No friction.
struct VelocityVerlet : FixedStep {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// McLachlan's SB3A composition of six drifts and five kicks; order 4, symplectic. No friction.
struct McLachlan4 : FixedStep {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// Velocity Verlet between two half steps of exact damping; order 2 for any friction.
struct ConformalVerlet : FixedStep {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// The implicit midpoint rule; order 2, conserves quadratic invariants. For motions that are not of
/// second order too.
struct ImplicitMidpoint : FixedStep {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

/// The same rule for a system without mass and velocity.
std::unique_ptr<Stepper> first_order_midpoint(const AnySystem& system, double dt);

/// Gonzalez' discrete gradient; order 2, the energy balance holds to rounding.
struct DiscreteGradient : FixedStep {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

}  // namespace thalweg
