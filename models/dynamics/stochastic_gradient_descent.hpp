// q_{n+1} = q_n - eta grad L_B(q_n) on mini batches B drawn without replacement: each epoch is one
// random order of the samples. The batch of step n depends on (seed, n) alone, so that a resumed
// run goes on to the same bits.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct StochasticGradientDescent {
  double learning_rate = 0.01;
  Index batch_size = 32, seed = 0;

  static Doc doc();
  void fields(Fields& f) {
    f("learning_rate", learning_rate, "1", "eta, also the model time of one step", positive());
    f("batch_size", batch_size, "1", "samples in a batch", at_least(1));
    f("seed", seed, "1", "seed of the order of the samples", at_least(0));
  }
  /// @throws ModelError when the potential is not a sum over samples or has fewer than a batch.
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
