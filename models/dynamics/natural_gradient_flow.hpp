// Natural-gradient flow, (F + damping I) q' = -grad L, with the Fisher or the Gauss-Newton matrix:
// steepest descent in the space of the network's outputs.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

#include <string>

namespace thalweg {

struct NaturalGradientFlow {
  std::string matrix = "fisher";
  double damping = 1e-6, tolerance = 1e-10;
  Index max_products = 10'000;

  static Doc doc();
  void fields(Fields& f) {
    f("matrix", matrix, "", "what the gradient is measured with",
      one_of({"fisher", "gauss_newton", "empirical_fisher"}));
    f("damping", damping, "1", "added to every eigenvalue of the matrix", at_least(0.0));
    f("tolerance", tolerance, "1", "of the linear solve, |r| / |grad L|", between(1e-15, 0.1));
    f("max_products", max_products, "1", "products of the matrix a solve may take", at_least(1));
  }
  /// @throws ModelError when the potential has no such matrix.
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
