#include <thalweg/run/run_keeper.hpp>

#include <fmt/format.h>

#include <thalweg/run/run_files.hpp>

namespace thalweg {

StopInside StopWatch::reason(const std::string& at) const {
  if (signalled()) return {Outcome::interrupted, "stopped by a signal " + at};
  return {Outcome::wall_budget,
          fmt::format("{:g} s (limits.max_wall) were over {}", max_wall_, at)};
}

bool StopWatch::progress_due() {
  if (seconds_since(told_) < 0.2) return false;
  told_ = Clock::now();
  return true;
}

void RunKeeper::publish(const RunStatus& status) {
  output_.set_status(status);
  output_.publish();
  last_publish_ = Clock::now();
}

void RunKeeper::checkpoint(const RunStatus& status, Archive archive) {
  publish(status);
  save_run_checkpoint(directory_, output_, std::move(archive), resolved_);
  last_checkpoint_ = Clock::now();
}

bool RunKeeper::publish_due() {
  return output_.publish_due() || seconds_since(last_publish_) > config_.publish_every;
}

RunOutput::Options output_options(const OutputConfig& config) {
  return {.publish_seconds = config.publish_every};
}

}  // namespace thalweg
