// x'' - mu (1 - x^2) x' + x = 0: a limit cycle, stiff for large mu. State (x, v).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct VanDerPol {
  double mu = 1.0;

  static Doc doc() {
    return {.summary = "Van der Pol's oscillator, stiff for large mu",
            .equation = "x'' - mu (1 - x^2) x' + x = 0",
            .source = "van der Pol, On relaxation-oscillations, 1926"};
  }
  void fields(Fields& f) { f("mu", mu, "1", "strength of the nonlinear damping", at_least(0.0)); }
  [[nodiscard]] Index dim() const { return 2; }
  void rhs(In x, Out dxdt, double) const {
    dxdt[0] = x[1];
    dxdt[1] = mu * (1.0 - x[0] * x[0]) * x[1] - x[0];
  }
  void jvp(In x, In v, Out Jv, double) const {
    Jv[0] = v[1];
    Jv[1] = mu * (1.0 - x[0] * x[0]) * v[1] - (2.0 * mu * x[0] * x[1] + 1.0) * v[0];
  }
  [[nodiscard]] Layout layout() const { return {{"x", 0, {}}, {"v", 1, {}}}; }
  [[nodiscard]] Vec initial_state(Rng&) const { return 2.0 * Vec::Unit(2, 0); }
};

}  // namespace thalweg
