// x_{n+1} = 1 - a x_n^2 + y_n, y_{n+1} = b x_n (Henon, "A two-dimensional mapping with a strange
// attractor", 1976). Areas shrink by |b| in each step.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct Henon {
  double a = 1.4, b = 0.3;

  static Doc doc() {
    return {.summary = "Henon's map of the plane, a strange attractor",
            .equation = "x_{n+1} = 1 - a x_n^2 + y_n, y_{n+1} = b x_n",
            .source = "Henon, A two-dimensional mapping with a strange attractor, 1976"};
  }
  void fields(Fields& f) {
    f("a", a, "1", "strength of the fold");
    f("b", b, "1", "minus the determinant of the tangent map");
  }
  [[nodiscard]] Index dim() const { return 2; }
  void apply(In x, Out next, Index) const {
    next[0] = 1.0 - a * x[0] * x[0] + x[1];
    next[1] = b * x[0];
  }
  void tangent(In x, MatIn V, MatOut DFV, Index) const {
    DFV.row(0) = -2.0 * a * x[0] * V.row(0) + V.row(1);
    DFV.row(1) = b * V.row(0);
  }
  [[nodiscard]] Layout layout() const { return {{"x", 0, {}}, {"y", 1, {}}}; }
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Zero(2); }
};

}  // namespace thalweg
