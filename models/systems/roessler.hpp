// x' = -y - z, y' = x + a y, z' = b + z (x - c).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct Roessler {
  double a = 0.2, b = 0.2, c = 5.7;

  static Doc doc() {
    return {.summary = "Roessler's band, the simplest chaotic flow",
            .equation = "x' = -y - z, y' = x + a y, z' = b + z (x - c)",
            .source = "Roessler, An equation for continuous chaos, 1976"};
  }
  void fields(Fields& f) {
    f("a", a, "1", "growth of the spiral");
    f("b", b, "1", "source of z");
    f("c", c, "1", "where z is thrown back");
  }
  [[nodiscard]] Index dim() const { return 3; }
  void rhs(In x, Out dxdt, double) const {
    dxdt[0] = -x[1] - x[2];
    dxdt[1] = x[0] + a * x[1];
    dxdt[2] = b + x[2] * (x[0] - c);
  }
  void jvp(In x, In v, Out Jv, double) const {
    Jv[0] = -v[1] - v[2];
    Jv[1] = v[0] + a * v[1];
    Jv[2] = v[2] * (x[0] - c) + x[2] * v[0];
  }
  [[nodiscard]] Layout layout() const { return {{"x", 0, {}}, {"y", 1, {}}, {"z", 2, {}}}; }
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Ones(3); }
};

}  // namespace thalweg
