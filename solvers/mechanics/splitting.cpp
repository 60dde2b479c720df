// Explicit methods from the exact flows of the parts: drifts q += a h v at constant velocity, kicks
// v += b h force(q) / m at constant position, damping v *= exp(-gamma c h / m).
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <thalweg/solvers/mechanics/mechanical_stepper.hpp>
#include <thalweg/solvers/mechanics/methods.hpp>

namespace thalweg {

namespace {

// Kick, drift, kick between two half steps of damping; the force at the end is that of the next
// step's start: one force a step. A step contracts the volume of (q, v) by exp(-gamma d h / m)
// exactly. Without friction the damping factors are 1 and this is velocity Verlet.
class Verlet final : public MechanicalStepper {
 public:
  using MechanicalStepper::MechanicalStepper;

 private:
  void advance(double h, bool /*full*/) override {
    const double damping = std::exp(-0.5 * friction_ * h / mass_), half_kick = 0.5 * h / mass_;
    auto q = x_new_.head(d_), v = x_new_.tail(d_);
    v = damping * x_.tail(d_) + half_kick * force();
    q = x_.head(d_) + h * v;
    auto& f = force_at_new_node();
    system_.force(q, f);
    v = damping * (v + half_kick * f);
  }
};

// exp(a1 A) exp(b1 B) exp(a2 A) exp(b2 B) exp(a3 A) exp(b3 B) exp(a3 A) exp(b2 B) ... exp(a1 A):
// a palindrome. a = drifts, b = kicks.
constexpr double a1 = 0.40518861839525227722, a2 = -0.28714404081652408900;
constexpr double b1 = -3.0 / 73.0, b2 = 17.0 / 59.0;
constexpr double a3 = 0.5 - (a1 + a2), b3 = 1.0 - 2.0 * (b1 + b2);
constexpr std::array drifts = {a1, a2, a3, a3, a2, a1};
constexpr std::array kicks = {b1, b2, b3, b2, b1};

class Composition final : public MechanicalStepper {
 public:
  using MechanicalStepper::MechanicalStepper;

 private:
  void advance(double h, bool /*full*/) override {
    auto q = x_new_.head(d_), v = x_new_.tail(d_);
    v = x_.tail(d_);
    q = x_.head(d_) + (drifts[0] * h) * v;
    stage_force_.resize(d_);
    for (std::size_t i = 0; i < kicks.size(); ++i) {
      system_.force(q, stage_force_);
      v += (kicks[i] * h / mass_) * stage_force_;
      q += (drifts[i + 1] * h) * v;
    }
  }

  Vec stage_force_;
};

template <class Method>
std::unique_ptr<Stepper> make(const AnySystem& system, const char* name, int order,
                              const char* what, bool with_friction, double dt) {
  const auto mechanics = require_mechanics(system, name, with_friction);
  return std::make_unique<Method>(
      system,
      StepperInfo{.name = name,
                  .order = order,
                  .description = fmt::format("{}, {}, fixed step dt {:g}", name, what, dt)},
      dt, mechanics);
}

}  // namespace

std::unique_ptr<Stepper> VelocityVerlet::operator()(const AnySystem& system, double factor) const {
  return make<Verlet>(system, "velocity_verlet", 2, "symplectic", false, dt * factor);
}

std::unique_ptr<Stepper> ConformalVerlet::operator()(const AnySystem& system, double factor) const {
  return make<Verlet>(system, "conformal_verlet", 2, "damping exact", true, dt * factor);
}

std::unique_ptr<Stepper> McLachlan4::operator()(const AnySystem& system, double factor) const {
  return make<Composition>(system, "mclachlan4", 4, "symplectic", false, dt * factor);
}

}  // namespace thalweg
