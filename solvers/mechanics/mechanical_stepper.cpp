#include <thalweg/solvers/mechanics/mechanical_stepper.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/numerics/hermite.hpp>

namespace thalweg {

Mechanics require_mechanics(const AnySystem& system, const std::string& method,
                            bool with_friction) {
  const auto mechanics = system.mechanics();
  if (!mechanics)
    throw ModelError(
        method +
        " needs a second-order motion with constant friction; use dynamics damped_momentum, or a "
        "system that offers mechanics() and force(q, f)");
  if (system.dim() % 2 != 0)
    throw ModelError(
        fmt::format("{} needs a state of coordinates and as many velocities; this system offers "
                    "mechanics() but has {} unknowns",
                    method, system.dim()));
  if (!(mechanics->mass > 0.0) || !std::isfinite(mechanics->mass) ||
      !std::isfinite(mechanics->friction))
    throw ModelError(fmt::format("{} needs a mass > 0 and a finite friction; they are {} and {}",
                                 method, mechanics->mass, mechanics->friction));
  if (!with_friction && mechanics->friction != 0.0)
    throw ModelError(
        fmt::format("{} is for motions without friction, which here is {:g}; use conformal_verlet",
                    method, mechanics->friction));
  return *mechanics;
}

MechanicalStepper::MechanicalStepper(AnySystem system, StepperInfo info, double dt,
                                     Mechanics mechanics)
    : FixedStepper(std::move(system), std::move(info), dt),
      d_(system_.dim() / 2),
      mass_(mechanics.mass),
      friction_(mechanics.friction) {}

void MechanicalStepper::know(NodeForce& force, const Vec& x) const {
  if (force.known) return;
  system_.force(x.head(d_), force.f);
  force.known = true;
}

const Vec& MechanicalStepper::force() {
  know(force_, x_);
  return force_.f;
}

void MechanicalStepper::on_reset() {
  for (auto* force : {&previous_force_, &force_, &new_force_}) {
    force->f.setZero(d_);
    force->known = false;
  }
  rate_previous_.setZero(2 * d_);
  rate_.setZero(2 * d_);
}

void MechanicalStepper::on_accept() {
  std::swap(previous_force_, force_);
  std::swap(force_, new_force_);
  new_force_.known = false;
}

void MechanicalStepper::rate(const NodeForce& force, const Vec& x, Vec& dxdt) const {
  dxdt.head(d_) = x.tail(d_);
  dxdt.tail(d_) = (force.f - friction_ * x.tail(d_)) / mass_;
}

void MechanicalStepper::interpolate_inside(double t, Out x) {
  know(previous_force_, x_previous_);
  know(force_, x_);
  rate(previous_force_, x_previous_, rate_previous_);
  rate(force_, x_, rate_);
  hermite(t, t_previous_, x_previous_, rate_previous_, t_, x_, rate_, x);
}

// The forces are saved, not computed again: a resumed run counts the calls of the whole one.
void MechanicalStepper::save_more(Archive& a, const std::string& p) const {
  a.put(p + "force", force_.f);
  a.put(p + "force_known", std::int64_t{force_.known});
  a.put(p + "force_previous", previous_force_.f);
  a.put(p + "force_previous_known", std::int64_t{previous_force_.known});
}

void MechanicalStepper::load_more(const Archive& a, const std::string& p) {
  force_ = {a.vector(p + "force"), a.integer(p + "force_known") != 0};
  previous_force_ = {a.vector(p + "force_previous"), a.integer(p + "force_previous_known") != 0};
}

}  // namespace thalweg
