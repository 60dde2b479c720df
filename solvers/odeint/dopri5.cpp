// Dormand and Prince's method of order 5(4) with its dense output of order 4.
// Source: Dormand, Prince 1980; dense output and stiffness test: Hairer, Norsett, Wanner,
// Solving ODEs I, II.6, and II, IV.2 (code DOPRI5).
#include <thalweg/solvers/odeint/odeint_eigen.hpp>
// odeint's steppers come after the adaptor
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

#include <fmt/format.h>

#include <thalweg/core/reduce.hpp>
#include <thalweg/solvers/adaptive_stepper.hpp>
#include <thalweg/solvers/odeint/methods.hpp>
#include <thalweg/solvers/stability_window.hpp>

namespace thalweg {

namespace {

// odeint hides its stages, but each passes by here: the addresses of stage 6, the argument and
// derivative at t + h that are not yet the new state's, stay valid after the step.
struct StageWatch {
  const AnySystem* system;
  int calls = 0;
  const Vec* x6 = nullptr;
  const Vec* f6 = nullptr;
  void operator()(const Vec& x, Vec& dxdt, double t) {
    system->rhs(x, dxdt, t);
    if (++calls == 5) {
      x6 = &x;
      f6 = &dxdt;
    }
  }
};

class Dopri5Stepper final : public AdaptiveStepper {
 public:
  Dopri5Stepper(AnySystem system, const StepControl& control)
      : AdaptiveStepper(std::move(system),
                        {.name = "dopri5",
                         .order = 5,
                         .adaptive = true,
                         .description = "dopri5, order 5(4), " + control.text()},
                        control, 5) {}

  double h_rho() const override { return h_rho_; }
  std::vector<std::pair<std::string, double>> statistics() const override {
    return {{"h_times_spectral_radius", h_rho_}};
  }

 private:
  bool attempt(double h) override {
    StageWatch watch{&system_};
    method_.do_step(std::ref(watch), x_, f_, t_, x_new_, f_new_, h, err_);
    const double moved = distance(x_new_, *watch.x6);
    h_rho_ = moved > 0.0 ? h * distance(f_new_, *watch.f6) / moved : 0.0;
    return true;
  }

  void on_verdict(bool accepted, bool finite, double /*h*/) override {
    stages_of_last_step_ = accepted;
    // The stability interval of the method on the real axis is (-3.3, 0); steps held by it scatter
    // a little below.
    if (finite) window_.add(h_rho_ > 3.0);
  }
  bool stability_limited() const override { return window_.limited(); }

  void interpolate_inside(double t, Out x) override {
    if (!stages_of_last_step_) recompute_stages();
    method_.calc_state(t, x, x_previous_, f_previous_, t_previous_, x_, f_, t_);
  }

  // A rejected try or a restart lost the stages of the last accepted step. The same calls give the
  // same bits; they were counted when the step was made.
  void recompute_stages() {
    const auto counts = system_.counts();
    method_.do_step(OdeintRhs(system_), x_previous_, f_previous_, t_previous_, x_new_, f_new_,
                    h_of_step_, err_);
    system_.set_counts(counts);
    stages_of_last_step_ = true;
  }

  void on_reset() override {
    method_.adjust_size(x_);
    window_ = {};
    stages_of_last_step_ = false;
    h_rho_ = 0.0;
  }
  void save_more(Archive& a, const std::string& p) const override {
    window_.save(a, p);
    a.put(p + "h_rho", h_rho_);
  }
  void load_more(const Archive& a, const std::string& p) override {
    window_.load(a, p);
    h_rho_ = a.real(p + "h_rho");
  }

  boost::numeric::odeint::runge_kutta_dopri5<Vec> method_;
  StabilityWindow window_;
  bool stages_of_last_step_ = false;
  double h_rho_ = 0.0;
};

}  // namespace

std::unique_ptr<AdaptiveStepper> make_dopri5(const AnySystem& system, const StepControl& control) {
  return std::make_unique<Dopri5Stepper>(system, control);
}

std::unique_ptr<Stepper> Dopri5::operator()(const AnySystem& system, double factor) const {
  return make_dopri5(system, scaled(factor));
}

}  // namespace thalweg
