// A second motion from the same start, advanced beside a run so that both can be compared at equal
// model time: gradient descent beside gradient flow, a modified flow beside both.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/stepper.hpp>
#include <thalweg/run/probe.hpp>

#include <functional>
#include <memory>
#include <string>

namespace thalweg {

class Companion {
 public:
  Companion(std::string name, Motion motion, std::unique_ptr<Stepper> stepper);

  void reset(double t, In x, double t_end, Index max_tries);
  /// Brings the companion to time t and points its probe there. A map is taken at its last iterate,
  /// or linearly between two when t lies inside a step. Times ascend, unless `may_go_back` was
  /// called: then any time since `settle` is allowed.
  /// A companion that fails (gradient descent above its stability limit, more tries than the run
  /// may take) stays failed: `alive()` is false, `failure()` tells why, and its quantities are NaN.
  void advance_to(double t);

  /// Events look at the end of a step before what lies inside it.
  void may_go_back() { goes_back_ = true; }
  /// No time before t will be asked for any more.
  void settle(double t);
  /// Called after every step: a slow companion must not keep a run from being stopped. It may
  /// throw.
  void on_step(std::function<void()> hook) { on_step_ = std::move(hook); }

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
  void save_now(Archive& archive) const;

  std::string name_;
  Motion motion_;
  std::unique_ptr<Stepper> stepper_;
  Probe probe_;
  double t_end_ = 0.0;
  double looked_at_ = 0.0;
  bool looked_ = false, goes_back_ = false;
  Index steps_ = 0, tries_ = 0, max_tries_ = 0;
  std::string failure_;
  Vec x_;
  Archive settled_;  // where to go back to
  std::function<void()> on_step_;
};

}  // namespace thalweg
