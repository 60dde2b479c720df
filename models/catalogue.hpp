// Every model, dynamics and data set of the library by name. A new one is one file and one line in
// catalogue.cpp; a user's own file adds itself with the macros of <thalweg/model.hpp>.
#pragma once
#include <thalweg/core/model.hpp>
#include <thalweg/core/registry.hpp>
#include <thalweg/models/datasets/dataset.hpp>

namespace thalweg {

/// What a configuration that does not say means; the model only stands in descriptions.
inline constexpr const char* default_model = "quadratic";
inline constexpr const char* default_dynamics = "gradient_flow";

Registry<AnyModel>& models();
Registry<Dynamics>& dynamics();
Registry<Dataset>& datasets();

}  // namespace thalweg
