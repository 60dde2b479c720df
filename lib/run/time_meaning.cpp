#include <thalweg/run/time_meaning.hpp>

namespace thalweg {

std::string time_unit(const AnyModel& model) {
  if (model.depth_limit()) return model.map() ? "layer" : "depth";
  return model.map() && model.map()->time_step() == 1.0 ? "step" : "time";
}

std::string exponent_time_unit(const AnyModel& model, const Motion& motion) {
  const auto unit = time_unit(model);
  return motion.map() && unit == "time" ? "step" : unit;
}

std::string time_axis_name(const std::string& unit) { return unit == "time" ? "model time" : unit; }

}  // namespace thalweg
