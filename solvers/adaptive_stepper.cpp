#include <thalweg/solvers/adaptive_stepper.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/solvers/end_time.hpp>
#include <thalweg/solvers/error_norm.hpp>

namespace thalweg {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr int most_not_finite_in_a_row = 10;
constexpr double not_finite_factor = 0.2;

Index first_not_finite(In a) {
  for (Index i = 0; i < a.size(); ++i)
    if (!std::isfinite(a[i])) return i;
  return 0;
}

}  // namespace

AdaptiveStepper::AdaptiveStepper(AnySystem system, StepperInfo info, const StepControl& control,
                                 int error_exponent)
    : system_(std::move(system)), info_(std::move(info)), control_(control), k_(error_exponent) {
  info_.rtol = control_.rtol;
  control_.check();
}

void AdaptiveStepper::reset(double t, In x) {
  t_ = t_previous_ = t;
  x_ = x_previous_ = x;
  for (Vec* v : {&x_new_, &f_, &f_previous_, &f_new_, &err_}) v->setZero(x.size());
  pi_ = {};
  h_ = control_.dt0.value_or(0.0);
  started_ = last_try_rejected_ = last_try_unsolved_ = false;
  not_finite_in_a_row_ = 0;
  on_reset();
}

void AdaptiveStepper::start(double t_end) {
  system_.rhs(x_, f_, t_);
  if (!all_finite(x_) || !all_finite(f_)) {
    const Index i = all_finite(x_) ? first_not_finite(f_) : first_not_finite(x_);
    throw SolveError(fmt::format(
        "{}: the start at t = {:.10g} is not finite: {} is {:g} with derivative {:g}; start from "
        "another state",
        info_.name, t_, entry_name(system_.layout(), i), x_[i], f_[i]));
  }
  if (h_ == 0.0) h_ = first_step(t_end);
  started_ = true;
}

// Hairer, Norsett, Wanner, Solving ODEs I, II.4, algorithm "starting step size".
double AdaptiveStepper::first_step(double t_end) {
  const double rtol = control_.rtol, atol = control_.atol;
  const double d0 = scaled_norm(x_, x_, rtol, atol), d1 = scaled_norm(f_, x_, rtol, atol);
  double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
  if (!std::isfinite(h0) || h0 <= 0.0) h0 = 1e-6;
  h0 = std::min(h0, t_end - t_);
  double d2 = 0.0;
  for (int i = 0; i < most_not_finite_in_a_row; ++i) {
    x_new_ = x_ + h0 * f_;
    system_.rhs(x_new_, f_new_, t_ + h0);
    err_ = f_new_ - f_;
    d2 = scaled_norm(err_, x_, rtol, atol) / h0;
    if (std::isfinite(d2)) break;
    h0 *= 0.1;
  }
  const double d = std::max(d1, d2);
  const double h1 = d <= 1e-15 ? std::max(1e-6, h0 * 1e-3) : std::pow(0.01 / d, 1.0 / k_);
  return std::min(100.0 * h0, std::isfinite(h1) && h1 > 0.0 ? h1 : h0);
}

StepReport AdaptiveStepper::step(double t_end) {
  require_forward(info_.name, t_, t_end);
  if (!started_) start(t_end);
  const double largest = std::min(control_.dt_max.value_or(infinity), largest_step());
  h_ = std::min(h_, largest);
  // As in Hairer's codes, a step that nearly reaches the end is stretched to it: no slivers.
  const double left = t_end - t_;
  const bool landing = left <= h_ || (left <= 1.01 * h_ && left <= largest);
  const double h = landing ? left : h_;
  if (!landing) {
    const double smallest = 16.0 * eps * std::abs(t_);
    if (h < smallest || t_ + h == t_) fail_step_too_small(h, smallest, "16 eps |t|");
    if (h < control_.dt_min) fail_step_too_small(h, control_.dt_min, "solver.dt_min");
  }

  StepReport report;
  report.dt_used = h;
  const bool has_f_new = attempt(h);
  last_try_unsolved_ = false;
  if (const auto factor = unsolved()) {
    last_try_unsolved_ = true;
    report.error = std::numeric_limits<double>::quiet_NaN();
    on_verdict(false, true, h);
    pi_.after_rejection = last_try_rejected_ = true;
    h_ = *factor * h;
    return report;
  }
  report.error = error_norm(err_, x_, x_new_, control_.rtol, control_.atol);
  report.finite = std::isfinite(report.error);
  if (report.finite && report.error <= 1.0) {
    if (!has_f_new) system_.rhs(x_new_, f_new_, t_ + h);
    report.finite = all_finite(f_new_);  // a state from which no step could start
  }
  report.accepted = report.finite && report.error <= 1.0;
  on_verdict(report.accepted, report.finite, h);
  report.stability_limited = stability_limited();
  last_try_rejected_ = !report.accepted;

  if (!report.finite) {
    pi_.after_rejection = true;
    if (++not_finite_in_a_row_ >= most_not_finite_in_a_row) fail_not_finite(h);
    h_ = not_finite_factor * h;
  } else if (!report.accepted) {
    not_finite_in_a_row_ = 0;
    h_ = propose(h, report.error, false);
  } else {
    not_finite_in_a_row_ = 0;
    const double proposal = propose(h, report.error, true);
    // A step cut short by the end says little about what is possible after it.
    h_ = landing ? std::max(h_, proposal) : proposal;
    accept(h, landing ? t_end : t_ + h);
  }
  return report;
}

double AdaptiveStepper::propose(double h, double error, bool accepted) {
  return h * (accepted ? pi_.accepted(control_, error, k_) : pi_.rejected(control_, error, k_));
}

void AdaptiveStepper::accept(double h, double t_new) {
  h_of_step_ = h;
  t_previous_ = t_;
  t_ = t_new;
  x_previous_.swap(x_);
  x_.swap(x_new_);
  f_previous_.swap(f_);
  f_.swap(f_new_);
}

void AdaptiveStepper::interpolate(double t, Out x) {
  if (t >= t_)
    x = x_;
  else if (t <= t_previous_)
    x = x_previous_;
  else
    interpolate_inside(t, x);
}

void AdaptiveStepper::fail_not_finite(double h) const {
  const Index i = all_finite(x_new_) && all_finite(err_)
                      ? first_not_finite(f_new_)
                      : worst_entry(err_, x_, x_new_, control_.rtol, control_.atol);
  throw SolveError(fmt::format(
      "{}: {} tries in a row from t = {:.10g}, the last with step {:.3g}, gave a state or "
      "derivative that is not finite: {} was {:g} before the step; the last finite state is kept",
      info_.name, most_not_finite_in_a_row, t_, h, entry_name(system_.layout(), i), x_[i]));
}

void AdaptiveStepper::fail_step_too_small(double h, double limit, const char* limit_text) const {
  Index i = 0;
  if (last_try_rejected_)
    i = worst_entry(err_, x_, x_new_, control_.rtol, control_.atol);
  else
    f_.cwiseAbs().maxCoeff(&i);
  throw SolveError(fmt::format(
      "{}: the step {:.3g} at t = {:.15g} fell below {} = {:.3g}; {} limits it ({:.6g}, derivative "
      "{:.6g}): {}",
      info_.name, h, t_, limit_text, limit, entry_name(system_.layout(), i), x_[i], f_[i],
      not_finite_in_a_row_ > 0 ? "every larger step is not finite"
      : last_try_unsolved_
          ? "the equations of larger steps could not be solved"
          : "a blow-up in finite time, a jump of the right-hand side, or a tolerance below what "
            "double precision can resolve"));
}

void AdaptiveStepper::save(Archive& a, const std::string& p) const {
  a.put(p + "t", t_);
  a.put(p + "t_previous", t_previous_);
  a.put(p + "x", x_);
  a.put(p + "x_previous", x_previous_);
  a.put(p + "f", f_);
  a.put(p + "f_previous", f_previous_);
  a.put(p + "h", h_);
  a.put(p + "h_of_step", h_of_step_);
  a.put(p + "previous_error", pi_.previous_error);
  a.put(p + "after_rejection", std::int64_t{pi_.after_rejection});
  a.put(p + "started", std::int64_t{started_});
  a.put(p + "not_finite", std::int64_t{not_finite_in_a_row_});
  save_more(a, p);
}

void AdaptiveStepper::load(const Archive& a, const std::string& p) {
  const auto x = a.vector(p + "x");
  if (x.size() != system_.dim())
    throw IoError(
        fmt::format("the checkpoint holds {} unknowns, the model has {}", x.size(), system_.dim()));
  reset(a.real(p + "t"), x);
  t_previous_ = a.real(p + "t_previous");
  x_previous_ = a.vector(p + "x_previous");
  f_ = a.vector(p + "f");
  f_previous_ = a.vector(p + "f_previous");
  h_ = a.real(p + "h");
  h_of_step_ = a.real(p + "h_of_step");
  pi_.previous_error = a.real(p + "previous_error");
  pi_.after_rejection = a.integer(p + "after_rejection") != 0;
  started_ = a.integer(p + "started") != 0;
  not_finite_in_a_row_ = static_cast<int>(a.integer(p + "not_finite"));
  load_more(a, p);
}

}  // namespace thalweg
