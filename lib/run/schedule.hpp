// When to record: at given model times, or every n steps. Times are computed by index, never by
// accumulation, so that a resumed run finds the same ones.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/types.hpp>

#include <optional>
#include <vector>

namespace thalweg {

class Schedule {
 public:
  /// Exactly one of the keys may be given; none means `count` = 400 evenly spaced times.
  void fields(Fields& f);
  /// Fixes the times for a run from t0 to t_end. @throws ConfigError for times outside of it.
  void prepare(double t0, double t_end);

  [[nodiscard]] bool by_steps() const { return steps_.has_value(); }
  /// Whether accepted step number n (0 is the start) is due.
  [[nodiscard]] bool due_at_step(Index n) const { return by_steps() && n % *steps_ == 0; }
  /// Model time of entry k, increasing in k; nothing after the last.
  [[nodiscard]] std::optional<double> time(Index k) const;

 private:
  std::optional<Index> steps_{}, count_{};
  std::optional<double> every_{};
  std::vector<double> at_{}, logspace_{};
  double t0_ = 0.0, t_end_ = 0.0;
  std::vector<double> times_{};
};

}  // namespace thalweg
