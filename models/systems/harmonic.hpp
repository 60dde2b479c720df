// m x'' + gamma x' + k x = 0: the damped spring. State (x, v).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/mechanics.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct Harmonic {
  double mass = 1.0, damping = 0.0, stiffness = 1.0;

  static Doc doc();
  void fields(Fields& f) {
    f("mass", mass, "1", "m", positive());
    f("damping", damping, "1/time", "gamma", at_least(0.0));
    f("stiffness", stiffness, "1/time^2", "k");
  }
  [[nodiscard]] Index dim() const { return 2; }
  void rhs(In x, Out dxdt, double) const {
    dxdt[0] = x[1];
    dxdt[1] = -(damping * x[1] + stiffness * x[0]) / mass;
  }
  void jvp(In, In v, Out Jv, double t) const { rhs(v, Jv, t); }
  [[nodiscard]] double energy(In x) const {
    return 0.5 * (mass * x[1] * x[1] + stiffness * x[0] * x[0]);
  }
  [[nodiscard]] double energy_rate(In x, double) const { return -damping * x[1] * x[1]; }
  [[nodiscard]] Mechanics mechanics() const { return {mass, damping}; }
  void force(In q, Out f) const { f[0] = -stiffness * q[0]; }
  [[nodiscard]] double potential_energy(In q) const { return 0.5 * stiffness * q[0] * q[0]; }
  [[nodiscard]] Layout layout() const {
    return {{"x", 0, {}, "length"}, {"v", 1, {}, "length/time"}};
  }
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Unit(2, 0); }
  /// exp(A t) in closed form, under-, over- and critically damped.
  bool exact(In x0, double t, Out x) const;
};

}  // namespace thalweg
