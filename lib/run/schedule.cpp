#include <thalweg/run/schedule.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>

namespace thalweg {

void Schedule::fields(Fields& f) {
  const auto given_any = [&] {
    for (const char* key : {"every", "steps", "count", "at", "logspace"})
      if (f.given(key)) return true;
    return false;
  };
  if (f.reading() && !given_any()) count_ = 400;
  f("every", every_, "1", "model time between rows, from the start on; the end is added",
    positive());
  f("steps", steps_, "1", "accepted steps between rows", at_least(1));
  f("count", count_, "1", "evenly spaced rows from start to end, both included", at_least(2));
  f("at", at_, "1", "model times of the rows");
  f("logspace", logspace_, "1",
    "[first, last, rows]: log-spaced model times; the start is added as the first row");
  if (f.reading()) {
    const int given = int(every_.has_value()) + int(steps_.has_value()) + int(count_.has_value()) +
                      int(!at_.empty()) + int(!logspace_.empty());
    if (given > 1) {
      const char* last = !logspace_.empty() ? "logspace"
                         : !at_.empty()     ? "at"
                         : count_           ? "count"
                                            : "steps";
      f.reject(last,
               "stands beside another schedule; give one of every, steps, count, at, logspace");
    }
    if (!logspace_.empty() &&
        (logspace_.size() != 3 || !(logspace_[0] > 0.0) || !(logspace_[1] > logspace_[0]) ||
         !(logspace_[2] >= 2.0) || logspace_[2] != std::floor(logspace_[2]) || logspace_[2] > 1e8))
      f.reject("logspace", "must be [first > 0, last > first, rows >= 2]");
    if (!std::is_sorted(at_.begin(), at_.end(), std::less_equal<>()))
      f.reject("at", "must be strictly increasing");
  }
}

void Schedule::prepare(double t0, double t_end) {
  t0_ = t0;
  t_end_ = t_end;
  times_.clear();
  if (every_) {
    if ((t_end - t0) / *every_ > 1e9)
      throw ConfigError(
          fmt::format("every = {} gives more than 1e9 rows from t = {} to {}", *every_, t0, t_end));
  } else if (count_) {
    const auto n = *count_;
    for (Index k = 0; k + 1 < n; ++k)
      times_.push_back(t0 + (t_end - t0) * static_cast<double>(k) / static_cast<double>(n - 1));
    times_.push_back(t_end);
  } else if (!at_.empty()) {
    if (at_.front() < t0 || at_.back() > t_end)
      throw ConfigError(fmt::format("record times must lie in the run's [{}, {}]", t0, t_end));
    times_ = at_;
  } else if (!logspace_.empty()) {
    const double a = logspace_[0], b = logspace_[1];
    const auto n = static_cast<Index>(logspace_[2]);
    times_.push_back(t0);
    for (Index k = 0; k < n; ++k) {
      const double t =
          k + 1 == n ? b : a * std::pow(b / a, static_cast<double>(k) / static_cast<double>(n - 1));
      if (t > t0 && t <= t_end) times_.push_back(t);
    }
    if (times_.size() == 1)
      throw ConfigError(fmt::format("no time of logspace lies in the run's ({}, {}]", t0, t_end));
  }
}

std::optional<double> Schedule::time(Index k) const {
  if (by_steps()) return std::nullopt;
  if (every_) {
    const double t = t0_ + static_cast<double>(k) * *every_;
    // A time that rounding has put just past the end is the end.
    const double slack = 1e-9 * *every_;
    if (t < t_end_ - slack) return t;
    if (k == 0 || t0_ + static_cast<double>(k - 1) * *every_ < t_end_ - slack) return t_end_;
    return std::nullopt;
  }
  if (k < static_cast<Index>(times_.size())) return times_[static_cast<std::size_t>(k)];
  return std::nullopt;
}

}  // namespace thalweg
