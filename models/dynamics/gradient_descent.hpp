// q_{n+1} = q_n - eta grad L(q_n): Euler's method for the gradient flow with the learning rate as
// step, taken seriously as the discrete map it is. Model time of step n is n eta.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct GradientDescent {
  double learning_rate = 0.01;

  static Doc doc();
  void fields(Fields& f) {
    f("learning_rate", learning_rate, "1", "eta, also the model time of one step", positive());
  }
  Motion operator()(const AnyPotential& potential) const;

  /// A minimum is stable while the largest eigenvalue of its Hessian is below 2 / eta.
  [[nodiscard]] double sharpness_limit() const { return 2.0 / learning_rate; }
  [[nodiscard]] bool stable(double sharpness) const { return sharpness < sharpness_limit(); }
};

}  // namespace thalweg
