// L(q) = 1/4 sum_i (q_i^2 - 1)^2: minima at -1 and 1 in each coordinate, a saddle at 0. Gradient
// descent on it is a cubic map with the full road to chaos; the flow is elementary.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct DoubleWell {
  Index n = 1;

  static Doc doc();
  void fields(Fields& f) { f("dim", n, "1", "number of independent coordinates", at_least(1)); }
  [[nodiscard]] Index dim() const { return n; }
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  void third(In q, In u, In v, Out Tuv) const;
  /// Normal numbers of standard deviation 1/2: near the saddle, either side.
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  /// q(t)^2 = 1 / (1 + (q0^-2 - 1) exp(-2t))
  bool exact_flow(In q0, double t, Out q) const;
  [[nodiscard]] double minimum_value() const { return 0.0; }
};

}  // namespace thalweg
