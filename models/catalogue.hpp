// Every model, dynamics, data set and field of the library by name. A new one is one file and one
// line in catalogue.cpp; a user's own file adds itself with the macros of <thalweg/model.hpp>.
#pragma once
#include <thalweg/adjoint/differentiable_flow.hpp>
#include <thalweg/core/model.hpp>
#include <thalweg/core/plane_field.hpp>
#include <thalweg/core/registry.hpp>
#include <thalweg/core/vector_field.hpp>
#include <thalweg/models/datasets/dataset.hpp>

namespace thalweg {

/// What a configuration that does not say means; the model only stands in descriptions.
inline constexpr const char* default_model = "quadratic";
inline constexpr const char* default_dynamics = "gradient_flow";

Registry<AnyModel>& models();
Registry<Dynamics>& dynamics();
Registry<Dataset>& datasets();
/// Of networks of continuous depth.
Registry<FieldRecipe>& vector_fields();
/// How a flow in depth is solved and differentiated.
Registry<FlowRecipe>& adjoints();
/// Over a plane of two parameters.
Registry<PlaneRecipe>& planes();

}  // namespace thalweg
