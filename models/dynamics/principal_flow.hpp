// The flow that passes through every iterate of gradient descent on a quadratic, oscillating and
// diverging with it:  q' = sum_i ln(1 - eta lambda_i)/(eta lambda_i) (g . u_i) u_i  (Rosca, Wu, Qin
// and Dherin, "On a continuous time model of gradient descent dynamics and instability in deep
// learning", 2023). The logarithm is complex where eta lambda > 1: the state is (Re q, Im q).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct PrincipalFlow {
  double learning_rate = 0.01;

  static Doc doc();
  void fields(Fields& f) {
    f("learning_rate", learning_rate, "1", "eta of the gradient descent to follow", positive());
  }
  /// @throws ModelError when the potential is not quadratic, has more than 2000 parameters, or an
  /// eigenvalue is 1/eta, where descent arrives in one step and no flow does.
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
