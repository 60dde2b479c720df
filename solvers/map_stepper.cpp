#include <thalweg/solvers/map_stepper.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/reduce.hpp>
#include <thalweg/solvers/end_time.hpp>
#include <thalweg/solvers/error_norm.hpp>

namespace thalweg {

MapStepper::MapStepper(AnyMap map) : map_(std::move(map)), dt_(map_.time_step()) {
  if (!(dt_ > 0.0) || !std::isfinite(dt_))
    throw ConfigError(fmt::format("the map's time step = {} must be > 0", dt_));
  info_ = {.name = "map",
           .discrete = true,
           .description = dt_ == 1.0
                              ? "map, exact"
                              : fmt::format("map, exact, one iterate per {:g} of model time", dt_)};
}

void MapStepper::reset(double t, In x) {
  t_start_ = t_ = t_previous_ = t;
  n_ = 0;
  x_ = x_previous_ = x;
  x_new_.setZero(x.size());
}

StepReport MapStepper::step(double t_end) {
  require_forward(info_.name, t_, t_end);
  StepReport report{.accepted = true, .error = std::numeric_limits<double>::quiet_NaN()};
  double t_new = t_start_ + static_cast<double>(n_ + 1) * dt_;
  constexpr double slack = 1e-9;
  if (t_new > t_end + slack * dt_) return report;
  t_new = std::min(t_new, t_end);
  if (t_new == t_)
    throw SolveError(
        fmt::format("the map's time step {:g} is lost in rounding at t = {:.17g}", dt_, t_));
  map_.apply(x_, x_new_, n_);
  if (!all_finite(x_new_)) {
    const Index i = worst_entry(x_new_, x_, x_new_, 0.0, 1.0);
    throw SolveError(fmt::format(
        "iterate {} of the map (t = {:.10g}) is not finite: {} is {:g}, it was {:g}; lower the "
        "learning rate (the last finite iterate is kept)",
        n_ + 1, t_new, entry_name(map_.layout(), i), x_new_[i], x_[i]));
  }
  x_previous_.swap(x_);
  x_.swap(x_new_);
  t_previous_ = t_;
  t_ = t_new;
  ++n_;
  report.dt_used = dt_;
  return report;
}

void MapStepper::interpolate(double t, Out x) {
  if (t >= t_)
    x = x_;
  else if (t <= t_previous_)
    x = x_previous_;
  else
    x = x_previous_ + ((t - t_previous_) / (t_ - t_previous_)) * (x_ - x_previous_);
}

void MapStepper::save(Archive& a, const std::string& p) const {
  a.put(p + "t", t_);
  a.put(p + "t_previous", t_previous_);
  a.put(p + "t_start", t_start_);
  a.put(p + "n", n_);
  a.put(p + "x", x_);
  a.put(p + "x_previous", x_previous_);
}

void MapStepper::load(const Archive& a, const std::string& p) {
  const auto x = a.vector(p + "x");
  if (x.size() != map_.dim())
    throw IoError(
        fmt::format("the checkpoint holds {} unknowns, the model has {}", x.size(), map_.dim()));
  reset(a.real(p + "t"), x);
  t_previous_ = a.real(p + "t_previous");
  t_start_ = a.real(p + "t_start");
  n_ = a.integer(p + "n");
  x_previous_ = a.vector(p + "x_previous");
}

}  // namespace thalweg
