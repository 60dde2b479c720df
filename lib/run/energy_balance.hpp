// The energy identity of a motion as a check of a whole run:
//   residual(t) = | E(t) - E(0) - integral_0^t E' ds | / |E(0)|
// with the system's own energy where it knows the rate E' in closed form (damped momentum: E = m
// |v|^2 / 2 + L, E' = -gamma |v|^2), else with the loss and dL/dt = g . x' (for gradient flow x' =
// -g the integral is -integral |g|^2). The integral is taken on the dense output by three-point
// Gauss-Legendre quadrature (order 6) in every accepted step, outside the step control: three extra
// rates, or gradients, a step.
#pragma once
#include <thalweg/run/quantities.hpp>

namespace thalweg {

class EnergyBalance final : public Accumulator {
 public:
  explicit EnergyBalance(const Motion& motion);
  void start(double t, In x) override;
  void on_step(Stepper& stepper, double t_from, double t_to) override;
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

  /// Residual at the probe's point, which lies inside the stepper's last accepted step. Looking
  /// does not change the integral.
  double residual(Probe& probe, Stepper& stepper);

 private:
  double integral(Stepper& stepper, double t_from, double t_to);
  double energy(Probe& probe) const;
  double rate(Probe& probe) const;

  Probe probe_;
  AnySystem system_;  // of the probe: its own counters
  Vec x_;
  double energy0_ = 0.0, t_done_ = 0.0, sum_ = 0.0;
};

}  // namespace thalweg
