// The parts of a run, made from its configuration and checked against each other.
#pragma once
#include <thalweg/run/companion.hpp>
#include <thalweg/run/loop.hpp>
#include <thalweg/run/quantities.hpp>
#include <thalweg/run/recorder.hpp>
#include <thalweg/run/run_config.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

class Config;

/// Not movable: the parts hold references to each other.
struct Assembly {
  /// `x0`: the start point when it is known already (from a checkpoint).
  explicit Assembly(const Config& config, const Vec* x0 = nullptr);
  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;

  RunConfig config;
  std::string resolved;         ///< the complete configuration as TOML
  std::string parent_run_id{};  ///< of the run whose state is the start, or empty
  Motion motion;
  Index plain_dim = 0;  ///< unknowns of the motion without its tangent vectors
  std::unique_ptr<Stepper> stepper;
  std::vector<std::unique_ptr<Companion>> companions;
  StepCounts steps;
  double t0 = 0.0, t_end = 0.0;
  std::unique_ptr<RunContext> context;
  std::unique_ptr<Recorder> recorder;
  Events events;

  /// Puts the motion and its companions at the start. @throws SolveError when the model is not
  /// finite there.
  void start();
  /// Everything that a resumed run needs to go on to the same bits.
  [[nodiscard]] Archive save() const;
  void load(const Archive& archive);
};

}  // namespace thalweg
