// What the laws of charges share about a charge of the parameters.
#pragma once
#include <thalweg/core/symmetry.hpp>

namespace thalweg {

/// <q, A q> is quadratic, <a, q> of a translation linear.
[[nodiscard]] inline double charge_power(const Symmetry& s) {
  return s.kind == Symmetry::Kind::translation ? 1.0 : 2.0;
}

/// |q|^2 of what is moved; |a| |q| of a translation.
[[nodiscard]] inline double charge_scale(const Symmetry& s, In q) {
  const double size = s.moved_norm(q);
  if (s.kind != Symmetry::Kind::translation) return size * size;
  Vec a(q.size());
  s.generator(0, q, a);
  return a.norm() * size;
}

}  // namespace thalweg
