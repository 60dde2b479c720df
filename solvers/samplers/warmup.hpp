// The warm-up of a chain: step size by dual averaging, metric by windows, together as in Stan.
#pragma once
#include <thalweg/solvers/samplers/dual_averaging.hpp>
#include <thalweg/solvers/samplers/metric.hpp>
#include <thalweg/solvers/samplers/warmup_windows.hpp>
#include <thalweg/solvers/samplers/welford.hpp>

#include <optional>

namespace thalweg {

struct WarmupOptions {
  std::optional<double> step_size{};  ///< given: it stays
  InverseMetric::Kind metric = InverseMetric::Kind::diagonal;
  double target_acceptance = 0.8;
};

class Warmup {
 public:
  Warmup(Index dim, const WarmupOptions& options);

  void begin(std::int64_t transitions);
  [[nodiscard]] bool active() const { return done_ < windows_.length; }
  /// Transitions since the metric is final, negative before; and how many of them there are.
  [[nodiscard]] std::int64_t since_last_window() const { return done_ - windows_.last_phase; }
  [[nodiscard]] std::int64_t last_phase_length() const {
    return windows_.length - windows_.last_phase;
  }

  [[nodiscard]] double step_size() const { return step_; }
  [[nodiscard]] const Metric& metric() const { return metric_; }
  /// From an earlier run. A step that the options fix stays.
  void take_over(double step, const InverseMetric& metric);
  /// Whether begin() has to be followed by a search for the first step.
  [[nodiscard]] bool needs_first_step() const { return !options_.step_size && !taken_over_; }
  void set_first_step(double step);

  /// Learns from one transition. True when the metric has changed and a first step for it is to be
  /// found.
  bool learn(const Vec& q, double acceptance);

  void save(Archive& archive, const std::string& prefix) const;
  void load(const Archive& archive, const std::string& prefix);

 private:
  WarmupOptions options_;
  Metric metric_;
  Welford welford_;
  DualAveraging averaging_;
  WarmupWindows windows_;
  std::int64_t done_ = 0;
  double step_ = 1.0;
  bool taken_over_ = false;
};

/// Doubles or halves the step until the acceptance min(1, exp(-dE)) of one step, each from the same
/// point with a fresh momentum, crosses 0.8. `energy_change(step)` returns dE.
/// @throws SolveError when no step or every step is accepted.
template <class F>
double find_first_step(double step, F&& energy_change) {
  const double bar = -std::log(0.8);
  const bool grows = energy_change(step) < bar;
  for (;;) {
    step *= grows ? 2.0 : 0.5;
    if (step > 1e7)
      throw SolveError(
          "the first step size grew past 1e7: U hardly changes, so that exp(-U) has no finite "
          "integral or its scales are too large; give the model a prior or other units");
    if (step < 1e-300)
      throw SolveError(
          "no first step size is small enough at this point: the gradient does not fit U; "
          "thalweg check-model compares them");
    if ((energy_change(step) < bar) != grows) return step;
  }
}

}  // namespace thalweg
