// What a configuration's tables [model], [dynamics], [solver] and [start] become.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/run/run_config.hpp>

#include <memory>

namespace thalweg {

/// A motion on the model's potential with counters of its own, or the model's own motion.
/// `source`: who computes the potential's gradients, null for itself.
Motion make_motion(const AnyModel& model, const MotionConfig& config,
                   const std::shared_ptr<GradientSource>& source = nullptr);
std::unique_ptr<Stepper> make_stepper(const Motion& motion, const MotionConfig& config,
                                      double tolerance_factor = 1.0);
/// The start point: given, of another run, the motion's or the model's. A motion with a longer
/// state than the model's parameters (momentum) starts at rest.
/// @throws ConfigError when there is none or it does not fit.
Vec start_state(const RunConfig& config, const Motion& motion);

}  // namespace thalweg
