#include <thalweg/analysis/check_mechanics.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/reduce.hpp>

namespace thalweg::detail {

void check_energy_rate(CheckRows& rows, const AnySystem& s, const std::vector<Vec>& points,
                       double t) {
  if (!s.has_energy_rate()) return;
  rows.measure("energy rate against differences along the motion", difference_reason,
               [&](Worst& w) {
                 Vec f(s.dim()), rate(1), moved(s.dim());
                 for (const auto& x : points) {
                   s.rhs(x, f, t);
                   const double speed = norm(f);
                   if (!(speed > 0.0)) continue;
                   rate[0] = s.energy_rate(x, t) / speed;  // along the unit vector f/|f|
                   // A rate of 0 is the sum of two terms of the size |E|.
                   const double scale = std::max(std::abs(rate[0]), std::abs(*s.energy(x)));
                   rows.compare(w, rate, scale, x, [&](double h, Out out) {
                     moved = x + (h / speed) * f;
                     out[0] = *s.energy(moved);
                   });
                 }
               });
}

void check_mechanics(CheckRows& rows, const AnySystem& s, const std::vector<Vec>& points,
                     double t) {
  const auto mechanics = s.mechanics();
  if (!mechanics) return;
  const Index n = s.dim(), d = n / 2;
  bool sound = true;
  rows.require("mass, friction and as many velocities as coordinates", [&]() -> std::string {
    sound = false;
    if (n % 2 != 0) return fmt::format("a state (q, v) has an even size, this has {}", n);
    if (!(mechanics->mass > 0.0)) return fmt::format("the mass is {}", mechanics->mass);
    if (!(mechanics->friction >= 0.0))
      return fmt::format("the friction is {}", mechanics->friction);
    sound = true;
    return {};
  });
  if (!sound) return;
  rows.measure("q' = v, mass v' = force - friction v", "relative to |x'|; rounding", [&](Worst& w) {
    Vec f(n), expected(n);
    for (const auto& x : points) {
      s.rhs(x, f, t);
      s.force(x.head(d), expected.tail(d));
      expected.tail(d) = (expected.tail(d) - mechanics->friction * x.tail(d)) / mechanics->mass;
      expected.head(d) = x.tail(d);
      w.take(distance(f, expected) / std::max(norm(f), 1e-300), rows.rounding());
    }
  });
  if (!s.has_potential_energy()) {
    rows.not_offered("potential energy", "add potential_energy(q) for discrete_gradient");
    return;
  }
  rows.measure("force against differences of the potential energy", difference_reason,
               [&](Worst& w) {
                 Vec force(d), along(1), moved(d);
                 for (const auto& x : points)
                   for (Index j = 0; j < rows.options().directions; ++j) {
                     const Vec v = rows.direction(d, j);
                     s.force(x.head(d), force);
                     along[0] = -dot(force, v);
                     rows.compare(w, along, norm(force), x.head(d), [&](double h, Out out) {
                       moved = x.head(d) + h * v;
                       out[0] = s.potential_energy(moved);
                     });
                   }
               });
}

}  // namespace thalweg::detail
