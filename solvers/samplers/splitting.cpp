#include <thalweg/solvers/samplers/splitting.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>

namespace thalweg {

namespace {

Splitting two_stages(const char* name, double b) {
  return {.name = name, .kicks = {b, 1.0 - 2.0 * b, b}, .drifts = {0.5, 0.5}};
}

Splitting three_stages(const char* name, double b, double a) {
  return {.name = name, .kicks = {b, 0.5 - b, 0.5 - b, b}, .drifts = {a, 1.0 - 2.0 * a, a}};
}

Splitting yoshida() {
  const double w1 = 1.0 / (2.0 - std::cbrt(2.0)), w0 = 1.0 - 2.0 * w1;
  return {.name = "yoshida4",
          .order = 4,
          .kicks = {0.5 * w1, 0.5 * (w1 + w0), 0.5 * (w0 + w1), 0.5 * w1},
          .drifts = {w1, w0, w1}};
}

// Long vectors pass through the fastest cache a few times instead of through memory once each.
template <class F>
void by_chunks(Index n, F&& f) {
  constexpr Index chunk = 256;
  for (Index i = 0; i < n; i += chunk) f(i, std::min(chunk, n - i));
}

void kick(double h, PhasePoint& z, Index i, Index n) {
  z.p.segment(i, n) -= h * z.g.segment(i, n);
  z.v.segment(i, n) -= h * z.w.segment(i, n);
}

}  // namespace

const std::vector<Splitting>& splittings() {
  static const std::vector<Splitting> all = {
      {.name = "leapfrog", .kicks = {0.5, 0.5}, .drifts = {1.0}},
      two_stages("mclachlan2", 0.1931833275037836),
      two_stages("bcss2", 0.21178),
      three_stages("bcss3", 0.11888010966548, 0.29619504261126),
      three_stages("predescu3", 0.108991425403425, 0.290485609075128),
      yoshida()};
  return all;
}

std::vector<std::string> splitting_names() {
  std::vector<std::string> names;
  for (const auto& s : splittings()) names.push_back(s.name);
  return names;
}

const Splitting& splitting(const std::string& name) {
  for (const auto& s : splittings())
    if (s.name == name) return s;
  throw ConfigError(
      fmt::format("unknown integrator \"{}\"{}", name, name_hint(name, splitting_names())));
}

void PhasePoint::resize(Index n) {
  for (auto* x : {&q, &p, &v, &g, &w}) *x = Vec::Zero(n);
}

void refresh_momentum(const Metric& metric, Rng& rng, PhasePoint& z) {
  metric.draw(rng, z.p);
  metric.velocity(z.p, z.v);
  metric.velocity(z.g, z.w);
  z.kinetic = 0.5 * z.p.dot(z.v);
}

bool advance(const Splitting& s, const Target& target, const Metric& metric, double h,
             PhasePoint& z) {
  const Index d = z.q.size();
  const bool dense = metric.kind() == InverseMetric::Kind::dense;
  for (std::size_t i = 0; i < s.drifts.size(); ++i) {
    by_chunks(d, [&](Index k, Index n) {
      kick(s.kicks[i] * h, z, k, n);
      z.q.segment(k, n) += (s.drifts[i] * h) * z.v.segment(k, n);
    });
    z.u = target.or_infinite(z.q, z.g);
    if (!std::isfinite(z.u)) return false;
    if (dense || i + 1 < s.drifts.size()) metric.velocity(z.g, z.w);
  }
  z.kinetic = 0.0;
  by_chunks(d, [&](Index k, Index n) {
    if (!dense) metric.velocity_segment(z.g, z.w, k, n);
    kick(s.kicks.back() * h, z, k, n);
    z.kinetic += 0.5 * z.p.segment(k, n).dot(z.v.segment(k, n));
  });
  return true;
}

}  // namespace thalweg
