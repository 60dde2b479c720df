// A second motion from the same start, advanced beside a run so that both can be compared at equal
// model time: gradient descent beside gradient flow, a modified flow beside both.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/stepper.hpp>
#include <thalweg/run/probe.hpp>

#include <memory>
#include <string>

namespace thalweg {

class Companion {
 public:
  Companion(std::string name, Motion motion, std::unique_ptr<Stepper> stepper);

  void reset(double t, In x, double t_end);
  /// Brings the companion to time t (never backwards) and points its probe there. A map is taken at
  /// its last iterate, or linearly between two when t lies inside a step.
  /// A companion that fails (gradient descent above its stability limit) stays failed: `alive()`
  /// is false, `failure()` tells why, and its quantities are NaN.
  void advance_to(double t);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Probe& probe() { return probe_; }
  [[nodiscard]] const Motion& motion() const { return motion_; }
  [[nodiscard]] const Stepper& stepper() const { return *stepper_; }
  [[nodiscard]] bool alive() const { return failure_.empty(); }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] Index steps() const { return steps_; }

  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  std::string name_;
  Motion motion_;
  std::unique_ptr<Stepper> stepper_;
  Probe probe_;
  double t_end_ = 0.0;
  double looked_at_ = 0.0;
  bool looked_ = false;
  Index steps_ = 0;
  std::string failure_;
  Vec x_;
};

}  // namespace thalweg
