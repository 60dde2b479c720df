#include <thalweg/analysis/check_symmetries.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/reduce.hpp>

namespace thalweg::detail {

namespace {

// Of a large family some members, the last among them.
template <class F>
void for_members(const Symmetry& s, F f) {
  const Index step = std::max<Index>(1, s.size() / 8);
  for (Index j = s.size() - 1; j >= 0; j -= step) f(j);
}

}  // namespace

void check_symmetries(CheckRows& rows, const AnyPotential& p, const std::vector<Vec>& points) {
  const auto all = p.symmetries();
  if (all.empty()) return;
  const Index n = p.dim();
  rows.measure("<grad L, A q> = decay <q, A q> of every symmetry",
               "relative to |grad L| |q|, of a translation |grad L| |a|; rounding", [&](Worst& w) {
                 Vec g(n), a(n);
                 for (const auto& q : points) {
                   p.gradient(q, g);
                   for (const auto& s : all) {
                     Vec of_g(s.size()), of_q(s.size());
                     s.pairing(g, q, of_g);
                     s.pairing(q, q, of_q);
                     const double off = (of_g - s.decay * of_q).lpNorm<Eigen::Infinity>();
                     double size = norm(q);
                     if (s.kind == Symmetry::Kind::translation) {  // it moves the origin too
                       s.generator(0, q, a);
                       size = norm(a);
                     }
                     w.take(off / std::max(norm(g) * size, 1e-300),
                            rows.rounding() * s.precision / std::numeric_limits<double>::epsilon());
                   }
                 }
               });
  rows.measure("pairings of symmetries against their generators", "relative to |u| |A q|; rounding",
               [&](Worst& w) {
                 Vec Aq(n);
                 const Vec u = rows.direction(n, 0);
                 for (const auto& q : points)
                   for (const auto& s : all) {
                     Vec pairs(s.size());
                     s.pairing(u, q, pairs);
                     for_members(s, [&](Index j) {
                       s.generator(j, q, Aq);
                       w.take(std::abs(dot(u, Aq) - pairs[j]) / std::max(norm(Aq), 1e-300),
                              rows.rounding());
                     });
                   }
               });
  rows.measure("generators are symmetric, of rotations antisymmetric",
               "relative to |A u|; rounding", [&](Worst& w) {
                 Vec Au(n), Av(n);
                 const Vec u = rows.direction(n, 0), v = rows.direction(n, 1);
                 for (const auto& s : all) {
                   if (s.kind == Symmetry::Kind::translation) continue;
                   const double sign = s.kind == Symmetry::Kind::rotation ? -1.0 : 1.0;
                   for_members(s, [&](Index j) {
                     s.generator(j, u, Au);
                     s.generator(j, v, Av);
                     w.take(std::abs(dot(v, Au) - sign * dot(u, Av)) / std::max(norm(Au), 1e-300),
                            rows.rounding());
                   });
                 }
               });
}

}  // namespace thalweg::detail
