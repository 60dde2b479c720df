// What time counts in a run: steps of a map, layers, a depth, or nothing but model time. Axes and
// units of what is written follow it.
#pragma once
#include <thalweg/core/model.hpp>

#include <string>

namespace thalweg {

/// "time"; "step" of a map that is a model of its own with one step a unit of time; "layer" of a
/// map through layers; "depth" of a flow through depth. Training is "time" whatever is trained.
std::string time_unit(const AnyModel& model);

/// The same for Lyapunov exponents, which count steps of any map, also of descent, whose model time
/// is steps times learning rate.
std::string exponent_time_unit(const AnyModel& model, const Motion& motion);

/// The long name of a time axis: "model time", or what is counted.
std::string time_axis_name(const std::string& unit);

}  // namespace thalweg
