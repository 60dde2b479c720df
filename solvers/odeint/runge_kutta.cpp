// Euler and the classical Runge-Kutta method. Dense output is a step of the same method from the
// previous node, so that it keeps the order and meets both nodes.
#include <thalweg/solvers/odeint/odeint_eigen.hpp>
// odeint's steppers come after the adaptor
#include <boost/numeric/odeint/stepper/euler.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta4.hpp>

#include <fmt/format.h>

#include <thalweg/solvers/odeint/fixed_step.hpp>
#include <thalweg/solvers/odeint/methods.hpp>

namespace thalweg {

namespace {

namespace odeint = boost::numeric::odeint;

template <class Method>
class SideStepped final : public FixedStepper {
 public:
  SideStepped(AnySystem system, StepperInfo info, double dt)
      : FixedStepper(std::move(system), std::move(info), dt) {}

 private:
  void advance(double h, bool /*full*/) override {
    method_.do_step(OdeintRhs(system_), x_, t_, x_new_, h);
  }
  void interpolate_inside(double t, Out x) override {
    method_.do_step(OdeintRhs(system_), x_previous_, t_previous_, x_new_, t - t_previous_);
    x = x_new_;
  }
  void on_reset() override { method_.adjust_size(x_); }

  Method method_;
};

StepperInfo describe(std::string name, int order, double dt) {
  return {
      .name = name, .order = order, .description = fmt::format("{}, fixed step dt {:g}", name, dt)};
}

}  // namespace

std::unique_ptr<Stepper> Euler::operator()(const AnySystem& system, double factor) const {
  return std::make_unique<SideStepped<odeint::euler<Vec>>>(
      system, describe("euler", 1, dt * factor), dt * factor);
}

std::unique_ptr<Stepper> RungeKutta4::operator()(const AnySystem& system, double factor) const {
  return std::make_unique<SideStepped<odeint::runge_kutta4<Vec>>>(
      system, describe("rk4", 4, dt * factor), dt * factor);
}

}  // namespace thalweg
