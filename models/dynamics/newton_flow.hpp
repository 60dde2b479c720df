// Newton's flow, (H + damping I) q' = -grad L: every mode near a minimum decays like exp(-t),
// however ill-conditioned the valley; without damping grad L(q(t)) = exp(-t) grad L(q(0)) along the
// whole way, which leads to saddles as to minima. With |H| in place of H it leaves saddles.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

#include <string>

namespace thalweg {

struct NewtonFlow {
  double damping = 0.0, tolerance = 1e-10;
  std::string negative_curvature = "stop";
  Index max_products = 10'000;

  static Doc doc();
  void fields(Fields& f) {
    f("damping", damping, "1/time", "added to every eigenvalue of H, or of |H|", at_least(0.0));
    f("negative_curvature", negative_curvature, "",
      "where H + damping I is not positive definite: stop with an error, follow the equation as it "
      "is (to saddles too), or take the absolute value |H| of the matrix everywhere",
      one_of({"stop", "follow", "absolute"}));
    f("tolerance", tolerance, "1", "of the linear solve, |r| / |grad L|", between(1e-15, 0.1));
    f("max_products", max_products, "1", "Hessian products a solve may take", at_least(1));
  }
  /// @throws ModelError when the potential has no Hessian product.
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
