// q'' + (r / t) q' + grad L(q) = 0: Nesterov's scheme with steps eta -> 0 at t = n sqrt(eta) (Su,
// Boyd and Candes, "A differential equation for modeling Nesterov's accelerated gradient method",
// 2016). For r >= 3 and convex L the loss falls like 1/t^2. State (q, v), at rest at t = 0.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct NesterovFlow {
  double friction = 3.0;

  static Doc doc();
  void fields(Fields& f) {
    f("friction", friction, "1", "r of the friction r/t; 3 is Nesterov's", positive());
  }
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
