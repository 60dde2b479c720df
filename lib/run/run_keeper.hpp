// What every kind of run does beside its work: it looks at the signal and the clock, publishes what
// it has, and writes checkpoints.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/clock.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/run/loop.hpp>
#include <thalweg/run/run_config.hpp>

#include <csignal>
#include <string>

namespace thalweg {

/// When a run must stop before its end.
class StopWatch {
 public:
  /// `signal` may be null; max_wall in seconds, 0: no limit.
  StopWatch(const volatile std::sig_atomic_t* signal, double max_wall)
      : signal_(signal), max_wall_(max_wall) {}

  [[nodiscard]] double seconds() const { return seconds_since(begin_); }
  [[nodiscard]] bool must_stop() const {
    return signalled() || (max_wall_ > 0.0 && seconds() > max_wall_);
  }
  /// Why, with where the run stands: "after 3 of 20 rungs".
  [[nodiscard]] StopInside reason(const std::string& at) const;
  /// Whether the user should hear of the progress: five times a second at most.
  [[nodiscard]] bool progress_due();

 private:
  [[nodiscard]] bool signalled() const { return signal_ && *signal_; }

  const volatile std::sig_atomic_t* signal_;
  double max_wall_;
  Clock::time_point begin_ = Clock::now(), told_ = begin_;
};

class RunKeeper {
 public:
  /// `resolved`: the configuration that a checkpoint belongs to.
  RunKeeper(RunOutput& output, const RunDirectory& directory, const OutputConfig& config,
            std::string resolved)
      : output_(output), directory_(directory), config_(config), resolved_(std::move(resolved)) {}

  void publish(const RunStatus& status);
  /// Publishes first: a checkpoint counts on the rows.
  void checkpoint(const RunStatus& status, Archive archive);
  [[nodiscard]] bool publish_due();
  [[nodiscard]] bool checkpoint_due() const {
    return seconds_since(last_checkpoint_) > config_.checkpoint_every;
  }

 private:
  RunOutput& output_;
  const RunDirectory& directory_;
  OutputConfig config_;
  std::string resolved_;
  Clock::time_point last_checkpoint_ = Clock::now(), last_publish_ = last_checkpoint_;
};

/// How a configuration wants its rows published.
[[nodiscard]] RunOutput::Options output_options(const OutputConfig& config);

}  // namespace thalweg
