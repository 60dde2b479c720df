// (x, y) <- (2 x + y, x + y) mod 1 (Arnold).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <cmath>

namespace thalweg {

struct CatMap {
  static Doc doc() {
    return {.summary = "Arnold's cat map of the torus, uniformly chaotic",
            .equation = "(x, y) <- (2 x + y, x + y) mod 1",
            .source = "Arnold and Avez, Ergodic Problems of Classical Mechanics, 1968",
            .notes = "exponents +-ln((3 + sqrt 5)/2)"};
  }
  void fields(Fields&) {}
  [[nodiscard]] Index dim() const { return 2; }
  void apply(In x, Out next, Index) const {
    next[0] = wrap(2.0 * x[0] + x[1]);
    next[1] = wrap(x[0] + x[1]);
  }
  void tangent(In, MatIn V, MatOut DFV, Index) const {
    DFV.row(0) = 2.0 * V.row(0) + V.row(1);
    DFV.row(1) = V.row(0) + V.row(1);
  }
  [[nodiscard]] Layout layout() const { return {{"x", 0, {}}, {"y", 1, {}}}; }
  [[nodiscard]] Vec initial_state(Rng& rng) const {
    Vec x(2);
    x << rng.uniform(), rng.uniform();
    return x;
  }

 private:
  static double wrap(double x) { return x - std::floor(x); }
};

}  // namespace thalweg
