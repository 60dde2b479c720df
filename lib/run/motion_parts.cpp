#include <thalweg/run/motion_parts.hpp>

#include <fmt/format.h>

#include <thalweg/chaos/tangent_motion.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/run/start_from.hpp>
#include <thalweg/solvers/map_stepper.hpp>

namespace thalweg {

Motion make_motion(const AnyModel& model, const MotionConfig& config,
                   const std::shared_ptr<GradientSource>& source) {
  if (const auto* potential = model.potential()) {
    if (!source) return config.dynamics(potential->with_own_counts());
    source->serve(potential->with_own_counts());
    return config.dynamics(potential->with_own_counts().with_gradients_from(source));
  }
  if (const auto* system = model.system()) return *system;
  return *model.map();
}

std::unique_ptr<Stepper> make_stepper(const Motion& motion, const MotionConfig& config,
                                      double tolerance_factor) {
  if (const auto* map = motion.map()) return std::make_unique<MapStepper>(*map);
  return tangent_stepper(*motion.system(), config.solver, tolerance_factor);
}

Vec start_state(const RunConfig& config, const Motion& motion) {
  const Index dim = motion.dim();
  const auto* potential = motion.potential();
  const auto fit = [&](const Vec& given, const std::string& origin) {
    if (given.size() == dim) return given;
    if (potential && given.size() == potential->dim()) {
      Vec x = Vec::Zero(dim);
      x.head(given.size()) = given;
      return x;
    }
    throw ConfigError(
        fmt::format("{} has {} entries; this motion has {} unknowns", origin, given.size(), dim));
  };
  if (!config.start.state.empty())
    return fit(Eigen::Map<const Vec>(config.start.state.data(),
                                     static_cast<Index>(config.start.state.size())),
               "it");
  if (!config.start.from.empty()) return fit(stored_state(config.start.from), "it");
  Rng rng(static_cast<std::uint64_t>(config.seed), "initial_state");
  if (const auto x = motion.initial_state(rng)) return fit(*x, "the motion's start");
  if (potential)
    if (const auto q = potential->initial_state(rng)) return fit(*q, "the model's start");
  throw ConfigError(fmt::format(
      "model \"{}\" has no start of its own; give [start] state = [...] with {} numbers",
      config.model_name, potential ? potential->dim() : dim));
}

}  // namespace thalweg
