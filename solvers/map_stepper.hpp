// Drives a map as if it were a method with a fixed step: iterate n stands at t = t0 + n dt, where
// dt is the map's own time step (gradient descent: the learning rate).
//
// The end: a map cannot be shortened. The run ends on the last iterate with t <= t_end (to 1e-9 of
// dt); a step beyond it does nothing and reports an accepted step of size 0, time() unchanged.
#pragma once
#include <thalweg/core/map.hpp>
#include <thalweg/core/stepper.hpp>

namespace thalweg {

class MapStepper final : public Stepper {
 public:
  explicit MapStepper(AnyMap map);

  const StepperInfo& info() const override { return info_; }
  void reset(double t, In x) override;
  /// @throws SolveError naming the iterate that is not finite; state() is the last finite one.
  StepReport step(double t_end) override;
  double time() const override { return t_; }
  const Vec& state() const override { return x_; }
  double previous_time() const override { return t_previous_; }
  double next_step_size() const override { return dt_; }
  /// Linear between two iterates: only for comparing with a flow at equal time.
  void interpolate(double t, Out x) override;
  void save(Archive& archive, const std::string& prefix) const override;
  void load(const Archive& archive, const std::string& prefix) override;

 private:
  AnyMap map_;
  StepperInfo info_;
  double dt_;
  double t_start_ = 0.0, t_ = 0.0, t_previous_ = 0.0;
  std::int64_t n_ = 0;  // iterates since t_start_
  Vec x_, x_previous_, x_new_;
};

}  // namespace thalweg
