// What every method with a fixed step shares: time by index, t_n = t0 + n dt, so that no rounding
// adds up; the last step shortened to land on the end; failure at the first state that is not
// finite, because no smaller step may be tried.
#pragma once
#include <thalweg/core/stepper.hpp>

namespace thalweg {

class FixedStepper : public Stepper {
 public:
  const StepperInfo& info() const final { return info_; }
  void reset(double t, In x) final;
  StepReport step(double t_end) final;
  double time() const final { return t_; }
  const Vec& state() const final { return x_; }
  double previous_time() const final { return t_previous_; }
  double next_step_size() const final { return dt_; }
  void interpolate(double t, Out x) final;
  void save(Archive& archive, const std::string& prefix) const final;
  void load(const Archive& archive, const std::string& prefix) final;

 protected:
  FixedStepper(AnySystem system, StepperInfo info, double dt);

  /// x_new_ from (t_, x_) by a step of size h; `full` when h is the fixed step dt_.
  virtual void advance(double h, bool full) = 0;
  virtual void interpolate_inside(double t, Out x) = 0;
  virtual void on_reset() {}
  /// The step of advance() has become the last accepted one.
  virtual void on_accept() {}
  virtual void save_more(Archive&, const std::string& /*prefix*/) const {}
  virtual void load_more(const Archive&, const std::string& /*prefix*/) {}

  AnySystem system_;
  StepperInfo info_;
  double dt_;
  double t_ = 0.0, t_previous_ = 0.0;
  Vec x_, x_previous_, x_new_;

 private:
  double t_start_ = 0.0;
  std::int64_t n_ = 0;  // steps since t_start_
};

}  // namespace thalweg
