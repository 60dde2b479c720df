// x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z (Lorenz, "Deterministic nonperiodic
// flow", 1963).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct Lorenz63 {
  double sigma = 10.0, rho = 28.0, beta = 8.0 / 3.0;

  static Doc doc() {
    return {.summary = "Lorenz's three-mode model of convection, chaotic",
            .equation = "x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z",
            .source = "Lorenz, Deterministic nonperiodic flow, 1963",
            .notes = "phase-space volume shrinks at the constant rate -(sigma + 1 + beta)"};
  }
  void fields(Fields& f) {
    f("sigma", sigma, "1", "Prandtl number");
    f("rho", rho, "1", "Rayleigh number over its critical value");
    f("beta", beta, "1", "aspect ratio of the roll");
  }
  [[nodiscard]] Index dim() const { return 3; }
  void rhs(In x, Out dxdt, double) const {
    dxdt[0] = sigma * (x[1] - x[0]);
    dxdt[1] = x[0] * (rho - x[2]) - x[1];
    dxdt[2] = x[0] * x[1] - beta * x[2];
  }
  void jvp(In x, In v, Out Jv, double) const {
    Jv[0] = sigma * (v[1] - v[0]);
    Jv[1] = v[0] * (rho - x[2]) - x[0] * v[2] - v[1];
    Jv[2] = v[0] * x[1] + x[0] * v[1] - beta * v[2];
  }
  [[nodiscard]] Layout layout() const { return {{"x", 0, {}}, {"y", 1, {}}, {"z", 2, {}}}; }
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Ones(3); }
};

}  // namespace thalweg
