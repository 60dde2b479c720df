// Adam with bias correction: steps scaled by running moments m and s of the gradient and its
// square, q_{n+1} = q_n - eta m^ / (sqrt(s^) + eps). State (q, m, s).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct Adam {
  double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  Index batch_size = 0, seed = 0;

  static Doc doc();
  void fields(Fields& f) {
    f("learning_rate", learning_rate, "1", "eta, also the model time of one step", positive());
    f("beta1", beta1, "1", "memory of the gradient", in_half_open(0.0, 1.0));
    f("beta2", beta2, "1", "memory of the squared gradient", in_half_open(0.0, 1.0));
    f("epsilon", epsilon, "1", "added to the root of the squared gradient", positive());
    f("batch_size", batch_size, "1", "samples of a step's gradient; 0: all", at_least(0));
    f("seed", seed, "1", "of the order of the samples", at_least(0));
  }
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
