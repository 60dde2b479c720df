// A star in the plane of a galaxy: H = (p_x^2 + p_y^2 + x^2 + y^2)/2 + x^2 y - y^3/3.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/mechanics.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <cmath>

namespace thalweg {

struct HenonHeiles {
  static Doc doc() {
    return {
        .summary = "Henon and Heiles' star in a galaxy, regular and chaotic orbits side by side",
        .equation = "x'' = -x - 2 x y, y'' = -y - x^2 + y^2",
        .source = "Henon and Heiles, The applicability of the third integral of motion, 1964",
        .notes = "exponents come in pairs +l, -l and two are 0; bounded below the energy 1/6"};
  }
  void fields(Fields&) {}
  [[nodiscard]] Index dim() const { return 4; }
  void rhs(In x, Out dxdt, double) const {
    dxdt.head(2) = x.tail(2);
    force(x.head(2), dxdt.tail(2));
  }
  void jvp(In x, In v, Out Jv, double) const {
    Jv.head(2) = v.tail(2);
    Jv[2] = -v[0] - 2.0 * (v[0] * x[1] + x[0] * v[1]);
    Jv[3] = -v[1] - 2.0 * x[0] * v[0] + 2.0 * x[1] * v[1];
  }
  [[nodiscard]] Mechanics mechanics() const { return {1.0, 0.0}; }
  void force(In q, Out f) const {
    f[0] = -q[0] - 2.0 * q[0] * q[1];
    f[1] = -q[1] - q[0] * q[0] + q[1] * q[1];
  }
  [[nodiscard]] double potential_energy(In q) const {
    return 0.5 * q.squaredNorm() + q[0] * q[0] * q[1] - q[1] * q[1] * q[1] / 3.0;
  }
  [[nodiscard]] double energy(In x) const {
    return 0.5 * x.tail(2).squaredNorm() + potential_energy(x.head(2));
  }
  [[nodiscard]] double energy_rate(In, double) const { return 0.0; }
  [[nodiscard]] Layout layout() const {
    return {{"x", 0, {}}, {"y", 1, {}}, {"p_x", 2, {}}, {"p_y", 3, {}}};
  }
  /// A chaotic orbit of energy 1/8.
  [[nodiscard]] Vec initial_state(Rng&) const {
    Vec x(4);
    x << 0.0, -0.25, 0.42, 0.0;
    x[2] = std::sqrt(2.0 * (0.125 - potential_energy(x.head(2))));
    return x;
  }
};

}  // namespace thalweg
