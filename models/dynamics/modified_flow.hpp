// The flows that gradient descent of step eta follows, by backward error analysis:
//   q' = -g - eta/2 H g - eta^2 (1/3 H^2 g + 1/12 T[g,g]) + O(eta^3),   g = grad L, T = grad^3 L.
// Order 2 is the gradient flow of L + eta/4 |g|^2 (Barrett and Dherin, "Implicit gradient
// regularization", 2021); order 3 adds the next counter-term (Miyagawa, "Toward equation of motion
// for deep neural networks", 2022). Descent after t/eta steps is reached with error O(eta^order).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct ModifiedFlow {
  double learning_rate = 0.01;
  Index order = 2;

  static Doc doc();
  void fields(Fields& f) {
    f("learning_rate", learning_rate, "1", "eta of the gradient descent to follow", positive());
    f("order", order, "1", "global order in eta: 2 or 3", between(2, 3));
  }
  /// @throws ModelError when the potential has no Hessian product.
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
