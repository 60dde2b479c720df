// One point (t, x) of a run, looked at: loss, gradient and rate of change, each computed once and
// only when a quantity asks. It works on handles with counters of their own, so that looking never
// changes what a run reports as its cost, nor the run itself.
#pragma once
#include <thalweg/core/model.hpp>
#include <thalweg/core/stepper.hpp>

namespace thalweg {

class Probe {
 public:
  explicit Probe(const Motion& motion);

  /// Look at another point; `step` is the number of accepted steps so far.
  void move_to(double t, Index step, In x);

  [[nodiscard]] double t() const { return t_; }
  [[nodiscard]] Index step() const { return step_; }
  [[nodiscard]] const Vec& state() const { return x_; }
  /// The potential's parameters: the first entries of the state.
  [[nodiscard]] In parameters() const { return x_.head(potential_.dim()); }
  [[nodiscard]] const AnyPotential& potential() const { return potential_; }
  [[nodiscard]] const Motion& motion() const { return motion_; }

  [[nodiscard]] double loss();
  [[nodiscard]] const Vec& gradient();
  /// dx/dt of a flow; (F(x) - x) / time_step of a map.
  [[nodiscard]] const Vec& rate();

 private:
  Motion motion_;
  AnyPotential potential_;
  double t_ = 0.0;
  Index step_ = 0;
  Vec x_, gradient_, rate_;
  double loss_ = 0.0;
  bool has_loss_ = false, has_gradient_ = false, has_rate_ = false;
};

}  // namespace thalweg
