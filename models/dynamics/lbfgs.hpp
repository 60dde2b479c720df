// Limited-memory BFGS as a motion: a deterministic minimiser, for energies whose minimum and not
// whose way down is wanted.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct LbfgsDescent {
  Index memory = 10;
  double tolerance = 1e-9;

  static Doc doc();
  void fields(Fields& f) {
    f("memory", memory, "1", "pairs of steps and gradient changes kept", between(1, 100));
    f("tolerance", tolerance, "1", "stays where the largest entry of the gradient is below it",
      at_least(0.0));
  }
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
