#include <thalweg/solvers/odeint/fixed_step.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/solvers/end_time.hpp>
#include <thalweg/solvers/error_norm.hpp>
#include <thalweg/solvers/odeint/methods.hpp>

namespace thalweg {

void FixedStep::fields(Fields& f) {
  f("dt", dt, "time", "step size; gradient descent's learning rate for euler", positive());
}

FixedStepper::FixedStepper(AnySystem system, StepperInfo info, double dt)
    : system_(std::move(system)), info_(std::move(info)), dt_(dt) {
  if (!(dt > 0.0) || !std::isfinite(dt))
    throw ConfigError(fmt::format("solver.dt = {} must be > 0", dt));
}

void FixedStepper::reset(double t, In x) {
  t_ = t_previous_ = t_start_ = t;
  n_ = 0;
  x_ = x_previous_ = x;
  x_new_.setZero(x.size());
  on_reset();
}

StepReport FixedStepper::step(double t_end) {
  require_forward(info_.name, t_, t_end);
  // The end counts as a grid point when it is one to rounding: the step is then a whole one.
  constexpr double slack = 1e-9;
  const double t_grid = t_start_ + static_cast<double>(n_ + 1) * dt_;
  const bool landing = t_grid >= t_end - slack * dt_;
  const bool full = t_grid <= t_end + slack * dt_;
  const double h = full ? dt_ : t_end - t_, t_new = landing ? t_end : t_grid;
  if (t_new == t_)
    throw SolveError(fmt::format("{}: the step dt = {:g} is lost in rounding at t = {:.17g}",
                                 info_.name, dt_, t_));
  advance(h, full);
  if (!all_finite(x_new_)) {
    const Index i = worst_entry(x_new_, x_, x_new_, 0.0, 1.0);
    throw SolveError(fmt::format(
        "{}: step {} from t = {:.10g} gave {:g} in {}, which was {:g}; lower solver.dt = {:g} (the "
        "last finite state is kept)",
        info_.name, n_ + 1, t_, x_new_[i], entry_name(system_.layout(), i), x_[i], dt_));
  }
  t_previous_ = t_;
  t_ = t_new;
  x_previous_.swap(x_);
  x_.swap(x_new_);
  ++n_;
  on_accept();
  if (!full) {  // a shortened step leaves the grid: a new one starts here
    t_start_ = t_;
    n_ = 0;
  }
  return {.accepted = true, .dt_used = h, .error = std::numeric_limits<double>::quiet_NaN()};
}

void FixedStepper::interpolate(double t, Out x) {
  if (t >= t_)
    x = x_;
  else if (t <= t_previous_)
    x = x_previous_;
  else
    interpolate_inside(t, x);
}

void FixedStepper::save(Archive& a, const std::string& p) const {
  a.put(p + "t", t_);
  a.put(p + "t_previous", t_previous_);
  a.put(p + "t_start", t_start_);
  a.put(p + "n", n_);
  a.put(p + "x", x_);
  a.put(p + "x_previous", x_previous_);
  save_more(a, p);
}

void FixedStepper::load(const Archive& a, const std::string& p) {
  const auto x = a.vector(p + "x");
  if (x.size() != system_.dim())
    throw IoError(
        fmt::format("the checkpoint holds {} unknowns, the model has {}", x.size(), system_.dim()));
  reset(a.real(p + "t"), x);
  t_previous_ = a.real(p + "t_previous");
  t_start_ = a.real(p + "t_start");
  n_ = a.integer(p + "n");
  x_previous_ = a.vector(p + "x_previous");
  load_more(a, p);
}

}  // namespace thalweg
