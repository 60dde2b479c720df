// Gradient flow preconditioned by a diagonal, (|diag C(q)| + damping) q' = -grad L: each parameter
// moves at the pace of its own curvature.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

#include <string>

namespace thalweg {

struct DiagonalFlow {
  std::string matrix = "hessian";
  double damping = 1e-3;
  Index probes = 0, seed = 0;

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when the potential has no such matrix.
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
