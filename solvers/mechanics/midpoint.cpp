// Implicit midpoint rule and discrete gradient: with the mean velocity u = (v0 + v1) / 2,
//   q1 = q0 + h u,   m (v1 - v0) = h (F - gamma u),
// where F is the force at (q0 + q1) / 2, or that force corrected along q1 - q0 so that F . (q1 -
// q0) = L(q0) - L(q1) exactly (Gonzalez): then E1 - E0 = -h gamma |u|^2 to rounding.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/numerics/minimal_residual.hpp>
#include <thalweg/solvers/mechanics/mechanical_stepper.hpp>
#include <thalweg/solvers/mechanics/methods.hpp>
#include <utility>

namespace thalweg {

namespace {

class Midpoint : public MechanicalStepper {
 public:
  using MechanicalStepper::MechanicalStepper;

 protected:
  /// mean_force_ for the mean velocity mean_. @return its rounding error, besides that of a force.
  virtual double compute_mean_force(double h) {
    q_ = x_.head(d_) + (0.5 * h) * mean_;
    system_.force(q_, mean_force_);
    return 0.0;
  }
  /// Before the iteration of a step.
  virtual void start_step() {}

  Vec mean_, mean_force_, q_;

 private:
  // u = (v0 + h/2m F(u)) / (1 + gamma h/2m) =: G(u), iterated to rounding. The iteration contracts
  // by h^2 lambda / 4m for a curvature lambda, far more than one of the whole state would; where
  // that is not small, Newton's iteration takes over.
  void advance(double h, bool /*full*/) override {
    mean_force_.resize(d_);
    q_.resize(d_);
    start_step();
    if (iterate(h, false) || (may_newton_ && iterate(h, true))) {
      x_new_.head(d_) = x_.head(d_) + h * mean_;
      x_new_.tail(d_) = 2.0 * mean_ - x_.tail(d_);
      return;
    }
    throw SolveError(fmt::format(
        "{}: the iteration of the step from t = {:.10g} does not converge, its last change of the "
        "mean velocity is {:.3g}; lower solver.dt = {:g}{}",
        info_.name, t_, change_, dt_,
        may_newton_
            ? ""
            : ", so that dt^2 lambda / 4m is well below 1 for the largest curvature lambda, "
              "or offer jvp(x, v, Jv, t) and potential_energy(q)"));
  }

  // mean_ to rounding, false when it does not come. The fixed-point iteration gives up as soon as
  // Newton's, where there is one, would be faster.
  bool iterate(double h, bool newton) {
    constexpr int most_iterations = 100;
    constexpr double eps = std::numeric_limits<double>::epsilon();
    const double kick = 0.5 * h / mass_, damping = 1.0 / (1.0 + kick * friction_);
    // Velocities of stiff modes change sign from step to step: Newton's iteration starts where it
    // stands.
    if (newton)
      mean_.setZero(d_);
    else
      mean_ = 1.5 * x_.tail(d_) - 0.5 * x_previous_.tail(d_);
    double last_change = 0.0;
    for (int i = 0; i < most_iterations; ++i) {
      const double noise = compute_mean_force(h);
      next_mean_ = damping * (x_.tail(d_) + kick * mean_force_);
      if (newton && !newton_step(h, 0.5 * h * damping * kick)) return false;
      last_change = std::exchange(change_, distance(next_mean_, mean_));
      mean_.swap(next_mean_);
      if (!std::isfinite(change_)) return false;
      // Near a minimum the force is all rounding of q: then the changes stop falling at what the
      // position cannot show.
      const double rounding = eps * (norm(mean_) + norm(x_.tail(d_)));
      const double invisible = eps * norm(x_.head(d_)) / h + kick * noise;
      const bool stalled = i > 0 && change_ >= 0.5 * last_change;
      if (change_ <= 4.0 * rounding || (stalled && change_ <= 16.0 * (rounding + invisible)))
        return true;
      if (stalled && may_newton_ && !newton) return false;
    }
    return false;
  }

  // next_mean_ = u + (I + c H)^-1 (G(u) - u) with the Hessian H at the midpoint: the derivative of
  // u - G(u), but for that of the discrete gradient's correction, which is smaller by h^2. For
  // stiff motions only: the linear solver allocates. False when that does not converge.
  bool newton_step(double h, double c) {
    Vec x(2 * d_), direction = Vec::Zero(2 * d_), Jv(2 * d_), delta(d_);
    x.head(d_) = x_.head(d_) + (0.5 * h) * mean_;
    x.tail(d_) = mean_;
    const SymmetricProduct A = [&](MatIn V, MatOut AV) {
      for (Index j = 0; j < V.cols(); ++j) {
        direction.head(d_) = V.col(j);
        system_.jvp(x, direction, Jv, t_ + 0.5 * h);
        AV.col(j) = V.col(j) - (c * mass_) * Jv.tail(d_);  // J (w, 0) = (0, -H w / m)
      }
    };
    if (!minimal_residual(A, next_mean_ - mean_, delta, 1e-8, 10 * d_ + 100).converged)
      return false;
    next_mean_ = mean_ + delta;
    return true;
  }

  // The Hessian of a force with a potential is symmetric.
  bool may_newton_ = system_.has_jvp() && system_.has_potential_energy();
  double change_ = 0.0;
  Vec next_mean_;
};

class Gonzalez final : public Midpoint {
 public:
  using Midpoint::Midpoint;

 private:
  void start_step() override { L0_ = system_.potential_energy(x_.head(d_)); }
  double compute_mean_force(double h) override {
    Midpoint::compute_mean_force(h);
    q_ = x_.head(d_) + h * mean_;
    const double L1 = system_.potential_energy(q_);
    const double length = h * norm(mean_);
    if (!(length > 0.0)) return 0.0;
    const double defect = L1 - L0_ + h * dot(mean_force_, mean_);
    mean_force_ -= (defect * h / (length * length)) * mean_;
    const double energy = std::abs(L0_) + 0.5 * mass_ * squared_norm(x_.tail(d_));
    return 2.0 * std::numeric_limits<double>::epsilon() * energy / length;
  }

  double L0_ = 0.0;
};

template <class Method>
std::unique_ptr<Stepper> make(const AnySystem& system, const char* name, const char* what,
                              double dt) {
  const auto mechanics = require_mechanics(system, name, true);
  return std::make_unique<Method>(
      system,
      StepperInfo{.name = name,
                  .order = 2,
                  .description = fmt::format("{}, {}, iteration to rounding, fixed step dt {:g}",
                                             name, what, dt)},
      dt, mechanics);
}

}  // namespace

std::unique_ptr<Stepper> ImplicitMidpoint::operator()(const AnySystem& system,
                                                      double factor) const {
  if (!system.mechanics()) return first_order_midpoint(system, dt * factor);
  return make<Midpoint>(system, "implicit_midpoint", "symplectic without friction", dt * factor);
}

std::unique_ptr<Stepper> DiscreteGradient::operator()(const AnySystem& system,
                                                      double factor) const {
  require_mechanics(system, "discrete_gradient", true);
  if (!system.has_potential_energy())
    throw ModelError(
        "discrete_gradient needs the potential of the force: add potential_energy(q), or use "
        "implicit_midpoint");
  return make<Gonzalez>(system, "discrete_gradient", "energy balance exact", dt * factor);
}

}  // namespace thalweg
