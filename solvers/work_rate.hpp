// Which of two methods advances a motion with less work per unit of time, by trying both in turns.
// The rate of the method in use is a mean over its last steps; that of the other is what it was
// when it was last in use. The other is tried when it was better than the one in use is now, and
// from time to time, at growing intervals, because rates change along a trajectory.
#pragma once
#include <thalweg/core/archive.hpp>

#include <array>
#include <string>

namespace thalweg {

class WorkRates {
 public:
  /// A try of the explicit or implicit method that moved by `dt` (0: rejected) for `work`
  /// (gradients + 2 products) and proposes `h_next`.
  void add(bool implicit, double dt, double work, double h_next);
  /// After an accepted step: the method for the next one.
  [[nodiscard]] bool implicit_next();
  /// Why, in half a sentence.
  [[nodiscard]] std::string reason(const std::string& implicit_name) const;
  /// Size of the first step of a method that takes over.
  [[nodiscard]] double first_step(bool implicit) const;
  /// Other methods were in use meanwhile: start anew with the explicit one.
  void restart();
  [[nodiscard]] std::int64_t trials() const { return trials_; }
  /// `implicit_next` has just decided to stay with what was on trial.
  [[nodiscard]] bool trial_won() const { return trial_won_; }

  void save(Archive& archive, const std::string& prefix) const;
  void load(const Archive& archive, const std::string& prefix);

 private:
  struct Mean {
    double dt = 0.0, work = 0.0;  // sums with decaying weights
    [[nodiscard]] double rate() const { return work > 0.0 ? dt / work : 0.0; }
  };
  std::array<Mean, 2> mean_{};
  std::array<double, 2> h_{};  // next step of each when it was last in use
  bool implicit_ = false;
  bool on_trial_ = false, trial_won_ = false;
  std::int64_t steps_ = 0;   // accepted since the method took over
  double total_ = 0.0;       // work so far
  double next_trial_ = 0.0;  // total at which the other method is tried
  std::int64_t trials_ = 0;
};

}  // namespace thalweg
