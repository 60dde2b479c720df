#include <thalweg/solvers/step_control.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

constexpr const char* both_zero =
    "and atol = 0: no step can be exact, one of the two tolerances must be > 0";
constexpr double least_rtol = 1e-15;
constexpr const char* below_rounding =
    "with atol = 0 is below what double precision resolves: it must be >= 1e-15";
constexpr const char* limits_crossed = "must be <= dt_max";

// An error below this counts as this: one lucky step must not make the controller timid.
constexpr double error_floor = 1e-4;

}  // namespace

void StepControl::fields(Fields& f) {
  f("rtol", rtol, "1", "relative tolerance of one step", in_half_open(0.0, 1.0));
  f("atol", atol, "unit of the state", "absolute tolerance of one step", at_least(0.0));
  if (f.reading() && rtol == 0.0 && atol == 0.0) f.reject("rtol", both_zero);
  if (f.reading() && rtol < least_rtol && atol == 0.0) f.reject("rtol", below_rounding);
  f("dt0", dt0, "time", "first step (absent: chosen from the right-hand side)", positive());
  f("dt_min", dt_min, "time", "stop when the tolerance wants a smaller step", at_least(0.0));
  f("dt_max", dt_max, "time", "largest step (absent: no limit)", positive());
  if (f.reading() && dt_max && dt_min > *dt_max) f.reject("dt_min", limits_crossed);
  f("safety", safety, "1", "share of the step that the controller thinks possible",
    {.low = 0.0, .high = 1.0, .low_open = true});
  f("min_factor", min_factor, "1", "strongest reduction of the step at once",
    {.low = 0.0, .high = 1.0, .low_open = true, .high_open = true});
  f("max_factor", max_factor, "1", "strongest growth of the step at once", greater_than(1.0));
}

void StepControl::check() const {
  const auto need = [](bool holds, const std::string& message) {
    if (!holds) throw ConfigError(message);
  };
  need(rtol >= 0.0 && rtol < 1.0, fmt::format("solver.rtol = {} must be in [0, 1)", rtol));
  need(atol >= 0.0 && std::isfinite(atol), fmt::format("solver.atol = {} must be >= 0", atol));
  need(rtol > 0.0 || atol > 0.0, fmt::format("solver.rtol = 0 {}", both_zero));
  need(rtol >= least_rtol || atol > 0.0, fmt::format("solver.rtol = {} {}", rtol, below_rounding));
  need(!dt0 || *dt0 > 0.0, fmt::format("solver.dt0 = {} must be > 0", dt0.value_or(0.0)));
  need(dt_min >= 0.0, fmt::format("solver.dt_min = {} must be >= 0", dt_min));
  need(!dt_max || (*dt_max > 0.0 && *dt_max >= dt_min),
       fmt::format("solver.dt_max = {} must be > 0 and >= dt_min = {}", dt_max.value_or(0.0),
                   dt_min));
  need(safety > 0.0 && safety <= 1.0, fmt::format("solver.safety = {} must be in (0, 1]", safety));
  need(min_factor > 0.0 && min_factor < 1.0,
       fmt::format("solver.min_factor = {} must be in (0, 1)", min_factor));
  need(max_factor > 1.0, fmt::format("solver.max_factor = {} must be > 1", max_factor));
}

StepControl StepControl::scaled(double factor) const {
  StepControl c = *this;
  c.rtol *= factor;
  c.atol *= factor;
  return c;
}

std::string StepControl::text() const {
  std::string s = fmt::format("rtol {:g}, atol {:g}, RMS norm, PI control", rtol, atol);
  if (dt0) s += fmt::format(", dt0 {:g}", *dt0);
  if (dt_min > 0.0) s += fmt::format(", dt_min {:g}", dt_min);
  if (dt_max) s += fmt::format(", dt_max {:g}", *dt_max);
  return s;
}

double PiController::accepted(const StepControl& c, double error, int k) {
  const double e = std::max(error, error_floor);
  double factor = c.safety * std::pow(e, -0.7 / k) * std::pow(previous_error, 0.4 / k);
  factor = std::clamp(factor, c.min_factor, after_rejection ? 1.0 : c.max_factor);
  previous_error = e;
  after_rejection = false;
  return factor;
}

double PiController::rejected(const StepControl& c, double error, int k) {
  after_rejection = true;
  return std::clamp(c.safety * std::pow(error, -1.0 / k), c.min_factor, 1.0);
}

}  // namespace thalweg
