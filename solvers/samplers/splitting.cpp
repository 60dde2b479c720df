#include <thalweg/solvers/samplers/splitting.hpp>

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>
#include <thalweg/solvers/samplers/lanes.hpp>

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

// From the momentum p0 and its velocity v0, which may be those of z.
void kick_and_drift(double kick, double drift, const Vec& p0, const Vec& v0, PhasePoint& z) {
  double *q_ = z.q.data(), *p_ = z.p.data(), *v_ = z.v.data();
  const double *g_ = z.g.data(), *w_ = z.w.data(), *p0_ = p0.data(), *v0_ = v0.data();
  by_lanes<4>(z.q.size(), [=]<int W>(Index i) {
    auto p = lanes<W>(p_, i), v = lanes<W>(v_, i), q = lanes<W>(q_, i);
    p = lanes<W>(p0_, i) - kick * lanes<W>(g_, i);
    v = lanes<W>(v0_, i) - kick * lanes<W>(w_, i);
    q += drift * v;
  });
}

// Also w = M^-1 g by `velocity`. Returns p . v.
template <class Velocity>
double kick_with_velocity(double kick, PhasePoint& z, Velocity velocity) {
  double *p_ = z.p.data(), *v_ = z.v.data(), *w_ = z.w.data();
  const double* g_ = z.g.data();
  LaneSum<4> products;
  by_lanes<4>(z.q.size(), [=, &products]<int W>(Index i) {
    auto p = lanes<W>(p_, i), v = lanes<W>(v_, i), w = lanes<W>(w_, i);
    const auto g = lanes<W>(g_, i);
    velocity.template operator()<W>(i, g, w);
    p -= kick * g;
    v -= kick * w;
    products.add<W>(p, v);
  });
  return products.total();
}

double last_kick(const Metric& metric, double kick, PhasePoint& z) {
  switch (metric.kind()) {
    case InverseMetric::Kind::unit:
      return kick_with_velocity(kick, z, []<int W>(Index, const auto& g, auto& w) { w = g; });
    case InverseMetric::Kind::diagonal: {
      const double* diagonal = metric.inverse().diagonal.data();
      return kick_with_velocity(
          kick, z, [=]<int W>(Index i, const auto& g, auto& w) { w = lanes<W>(diagonal, i) * g; });
    }
    case InverseMetric::Kind::dense:
      metric.velocity(z.g, z.w);
      return kick_with_velocity(kick, z, []<int W>(Index, const auto&, auto&) {});
  }
  return 0.0;
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

bool advance(const Splitting& s, const Target& target, const Metric& metric, double h, const Vec& p,
             const Vec& v, PhasePoint& z) {
  for (std::size_t i = 0; i < s.drifts.size(); ++i) {
    if (i > 0) {
      // The model is not asked about a point that is no number.
      if (!std::isfinite(z.g.squaredNorm())) {
        z.u = std::numeric_limits<double>::infinity();
        return false;
      }
      metric.velocity(z.g, z.w);
    }
    const bool first = i == 0;
    kick_and_drift(s.kicks[i] * h, s.drifts[i] * h, first ? p : z.p, first ? v : z.v, z);
    z.u = target.or_infinite(z.q, z.g);
    if (!std::isfinite(z.u)) return false;
  }
  z.kinetic = 0.5 * last_kick(metric, s.kicks.back() * h, z);
  return true;
}

}  // namespace thalweg
