// The energy identity of a motion on a potential, dL/dt = g . x', as a check of a whole run:
//   residual(t) = | L(t) - L(0) - integral_0^t g . x' ds | / L(0)
// (for gradient flow x' = -g the integral is -integral |g|^2). The integral is taken on the dense
// output by three-point Gauss-Legendre quadrature (order 6) in every accepted step, outside the
// step control: three extra gradients a step.
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
  Probe probe_;
  Vec x_;
  double loss0_ = 0.0, t_done_ = 0.0, sum_ = 0.0;
};

}  // namespace thalweg
