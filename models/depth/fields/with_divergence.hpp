// A field with the divergence that a density needs: a = (a, l), a' = f(a, z), l' = tr f_a.
#pragma once
#include <thalweg/core/vector_field.hpp>

#include <memory>

namespace thalweg {

/// The trace is exact, by one Jacobian product an entry of a. Its derivatives are those of
/// df_i/da_i, which vjp_tangent of the field gives; second ones would need third derivatives of f
/// and are not offered. @throws ModelError by vjp_tangent.
std::shared_ptr<const VectorField> with_divergence(std::shared_ptr<const VectorField> field);

}  // namespace thalweg
