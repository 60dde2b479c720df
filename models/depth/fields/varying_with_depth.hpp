// A field whose parameters change with depth: theta(z) = sum_k w_k(z) theta_k.
#pragma once
#include <thalweg/core/vector_field.hpp>
#include <thalweg/models/depth/fields/depth_basis.hpp>

#include <memory>

namespace thalweg {

/// The parameters are those of the inner field at every knot, one after another: as `initial` says,
/// or drawn by the inner field for each knot when it is empty.
[[nodiscard]] std::shared_ptr<const VectorField> varying_with_depth(
    std::shared_ptr<const VectorField> inner, DepthBasis basis, Vec initial = {});

}  // namespace thalweg
