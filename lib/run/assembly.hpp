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
  /// `x0`: the start point when it is known already (from a checkpoint). `source`: who computes the
  /// gradients of the motion's potential, null for itself; asks for may_share_gradients().
  explicit Assembly(const Config& config, const Vec* x0 = nullptr,
                    const std::shared_ptr<GradientSource>& source = nullptr);
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

  /// Whether the motion may go on together with others on one thread, each waiting for its
  /// gradients. One with a limit of wall time must not wait for others.
  [[nodiscard]] bool may_share_gradients() const;
  /// Puts the motion and its companions at the start. @throws SolveError when the model is not
  /// finite there.
  void start();
  /// Everything that a resumed run needs to go on to the same bits.
  [[nodiscard]] Archive save() const;
  void load(const Archive& archive);
};

}  // namespace thalweg
