// Nesterov's momentum: the gradient is taken at the look-ahead point y_n = q_n + beta v_n,
// v_{n+1} = beta v_n - eta grad L(y_n), q_{n+1} = q_n + v_{n+1}. State (q, v).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct Nesterov {
  double learning_rate = 0.01, momentum = 0.9;

  static Doc doc();
  void fields(Fields& f) {
    f("learning_rate", learning_rate, "1", "eta, also the model time of one step", positive());
    f("momentum", momentum, "1", "beta", in_half_open(0.0, 1.0));
  }
  Motion operator()(const AnyPotential& potential) const;

  /// Stable below sharpness (2 + 2 beta) / ((1 + 2 beta) eta).
  [[nodiscard]] double sharpness_limit() const {
    return (2.0 + 2.0 * momentum) / ((1.0 + 2.0 * momentum) * learning_rate);
  }
  [[nodiscard]] bool stable(double sharpness) const { return sharpness < sharpness_limit(); }
};

}  // namespace thalweg
