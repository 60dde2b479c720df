// Implicit midpoint rule for any system: k = f(x + h k / 2, t + h / 2), x <- x + h k.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/numerics/hermite.hpp>
#include <thalweg/solvers/mechanics/methods.hpp>
#include <thalweg/solvers/odeint/fixed_step.hpp>
#include <utility>

namespace thalweg {

namespace {

class FirstOrderMidpoint final : public FixedStepper {
 public:
  FirstOrderMidpoint(AnySystem system, StepperInfo info, double dt)
      : FixedStepper(std::move(system), std::move(info), dt) {}

 private:
  // k to rounding, by fixed-point iteration: it contracts by h |f_x| / 2. The last slope is a start
  // that costs nothing and is off by O(h).
  void advance(double h, bool /*full*/) override {
    constexpr int most_iterations = 200;
    constexpr double eps = std::numeric_limits<double>::epsilon();
    if (!started_) system_.rhs(x_, k_, t_);
    started_ = true;
    double change = 0.0;
    for (int i = 0; i < most_iterations; ++i) {
      middle_ = x_ + (0.5 * h) * k_;
      system_.rhs(middle_, next_, t_ + 0.5 * h);
      const double last = std::exchange(change, distance(next_, k_));
      k_.swap(next_);
      if (!std::isfinite(change)) break;
      // What is left after this change is smaller by the contraction: two roundings of k, or of
      // what x can show of it.
      const double rounding = eps * (norm(k_) + norm(x_) / h);
      if (change <= rounding || (i > 0 && change >= 0.5 * last && change <= 8.0 * rounding)) {
        x_new_ = x_ + h * k_;
        return;
      }
    }
    throw SolveError(fmt::format(
        "implicit_midpoint: the iteration of the step from t = {:.10g} does not converge, its last "
        "change of the slope is {:.3g}; lower solver.dt = {:g} so that dt |df/dx| / 2 is well "
        "below 1, or use sdirk",
        t_, change, dt_));
  }

  void interpolate_inside(double t, Out x) override {
    system_.rhs(x_previous_, f0_, t_previous_);
    system_.rhs(x_, f1_, t_);
    hermite(t, t_previous_, x_previous_, f0_, t_, x_, f1_, x);
  }

  void on_reset() override {
    started_ = false;
    k_.resize(x_.size());
    next_.resize(x_.size());
    f0_.resize(x_.size());
    f1_.resize(x_.size());
  }
  void save_more(Archive& archive, const std::string& prefix) const override {
    archive.put(prefix + "k", k_);
    archive.put(prefix + "started", std::int64_t{started_});
  }
  void load_more(const Archive& archive, const std::string& prefix) override {
    on_reset();
    k_ = archive.vector(prefix + "k");
    started_ = archive.integer(prefix + "started") != 0;
  }

  Vec k_, next_, middle_, f0_, f1_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Stepper> first_order_midpoint(const AnySystem& system, double dt) {
  return std::make_unique<FirstOrderMidpoint>(
      system,
      StepperInfo{.name = "implicit_midpoint",
                  .order = 2,
                  .description = fmt::format("implicit_midpoint, quadratic invariants conserved, "
                                             "iteration to rounding, fixed step dt {:g}",
                                             dt)},
      dt);
}

}  // namespace thalweg
