// Embedded Runge-Kutta pairs without dense output of their own: Cash-Karp 5(4) and Fehlberg 8(7).
// Dense output is a step of the same method from the previous node: it keeps the order, meets both
// nodes and disturbs nothing, for the price of the method's stages per point.
#include <thalweg/solvers/odeint/odeint_eigen.hpp>
// odeint's steppers come after the adaptor
#include <boost/numeric/odeint/stepper/runge_kutta_cash_karp54.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>

#include <thalweg/solvers/adaptive_stepper.hpp>
#include <thalweg/solvers/odeint/methods.hpp>

namespace thalweg {

namespace {

namespace odeint = boost::numeric::odeint;

template <class Method>
class Embedded final : public AdaptiveStepper {
 public:
  Embedded(AnySystem system, StepperInfo info, const StepControl& control, int error_exponent)
      : AdaptiveStepper(std::move(system), std::move(info), control, error_exponent) {}

 private:
  bool attempt(double h) override {
    method_.do_step(OdeintRhs(system_), x_, f_, t_, x_new_, h, err_);
    return false;
  }
  void interpolate_inside(double t, Out x) override {
    method_.do_step(OdeintRhs(system_), x_previous_, f_previous_, t_previous_, x_new_,
                    t - t_previous_);
    x = x_new_;
  }
  void on_reset() override { method_.adjust_size(x_); }

  Method method_;
};

StepperInfo describe(std::string name, int order, const std::string& text) {
  return {.name = std::move(name), .order = order, .adaptive = true, .description = text};
}

}  // namespace

std::unique_ptr<Stepper> CashKarp54::operator()(const AnySystem& system, double factor) const {
  const auto control = scaled(factor);
  return std::make_unique<Embedded<odeint::runge_kutta_cash_karp54<Vec>>>(
      system, describe("cash_karp54", 5, "cash_karp54, order 5(4), " + control.text()), control, 5);
}

std::unique_ptr<Stepper> Fehlberg78::operator()(const AnySystem& system, double factor) const {
  const auto control = scaled(factor);
  return std::make_unique<Embedded<odeint::runge_kutta_fehlberg78<Vec>>>(
      system, describe("fehlberg78", 8, "fehlberg78, order 8(7), " + control.text()), control, 8);
}

}  // namespace thalweg
