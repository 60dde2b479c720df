// x_{n+1} = r x_n (1 - x_n): the period-doubling road to chaos (May, "Simple mathematical models
// with very complicated dynamics", 1976). At r = 4 the Lyapunov exponent is ln 2.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct LogisticMap {
  double r = 4.0;

  static Doc doc() {
    return {.summary = "logistic map, the period-doubling road to chaos",
            .equation = "x_{n+1} = r x_n (1 - x_n)",
            .source = "May, Simple mathematical models with very complicated dynamics, 1976"};
  }
  void fields(Fields& f) {
    f("r", r, "1", "growth rate; [0, 1] is mapped to itself", between(0.0, 4.0));
  }
  [[nodiscard]] Index dim() const { return 1; }
  void apply(In x, Out next, Index) const { next[0] = r * x[0] * (1.0 - x[0]); }
  void tangent(In x, MatIn V, MatOut DFV, Index) const { DFV = r * (1.0 - 2.0 * x[0]) * V; }
  [[nodiscard]] Vec initial_state(Rng& rng) const { return Vec::Constant(1, rng.uniform()); }
};

}  // namespace thalweg
