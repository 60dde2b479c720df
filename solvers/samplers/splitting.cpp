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

void kick_and_drift(const Metric& metric, double kick, double drift, const StepStart& from,
                    PhasePoint& z) {
  double *q = z.q.data(), *p = z.p.data(), *v = z.v.data();
  const double *q0 = from.q.data(), *p0 = from.p.data(), *g = from.g.data(), *v0 = from.v.data(),
               *w = z.w.data(), *diagonal = metric.inverse().diagonal.data();
  for_kind(metric, [&]<InverseMetric::Kind kind>() {
    by_lanes<4>(z.q.size(), [=]<int W>(Index i) {
      const Eigen::Array<double, W, 1> p1 = lanes<W>(p0, i) - kick * lanes<W>(g, i);
      lanes<W>(p, i) = p1;
      if constexpr (kind == InverseMetric::Kind::unit)
        lanes<W>(q, i) = lanes<W>(q0, i) + drift * p1;
      if constexpr (kind == InverseMetric::Kind::diagonal)
        lanes<W>(q, i) = lanes<W>(q0, i) + drift * (lanes<W>(diagonal, i) * p1);
      if constexpr (kind == InverseMetric::Kind::dense) {
        const Eigen::Array<double, W, 1> v1 = lanes<W>(v0, i) - kick * lanes<W>(w, i);
        lanes<W>(v, i) = v1;
        lanes<W>(q, i) = lanes<W>(q0, i) + drift * v1;
      }
    });
  });
}

// Returns p . v of the end.
double last_kick(const Metric& metric, double kick, PhasePoint& z) {
  if (metric.kind() == InverseMetric::Kind::dense) metric.velocity(z.g, z.w);
  double *p = z.p.data(), *v = z.v.data();
  const double *g = z.g.data(), *w = z.w.data(), *diagonal = metric.inverse().diagonal.data();
  return for_kind(metric, [&]<InverseMetric::Kind kind>() {
    LaneSum<4> products;
    by_lanes<4>(z.q.size(), [=, &products]<int W>(Index i) {
      const Eigen::Array<double, W, 1> p1 = lanes<W>(p, i) - kick * lanes<W>(g, i);
      lanes<W>(p, i) = p1;
      if constexpr (kind == InverseMetric::Kind::unit) products.add<W>(p1, p1);
      if constexpr (kind == InverseMetric::Kind::diagonal)
        products.add<W>(p1, lanes<W>(diagonal, i) * p1);
      if constexpr (kind == InverseMetric::Kind::dense) {
        const Eigen::Array<double, W, 1> v1 = lanes<W>(v, i) - kick * lanes<W>(w, i);
        lanes<W>(v, i) = v1;
        products.add<W>(p1, v1);
      }
    });
    return products.total();
  });
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
  if (metric.kind() == InverseMetric::Kind::dense) metric.velocity(z.p, z.v);
  z.kinetic = 0.5 * last_kick(metric, 0.0, z);
}

bool advance(const Splitting& s, const Target& target, const Metric& metric, double h,
             const StepStart& from, PhasePoint& z) {
  const StepStart here{z.q, z.p, z.v, z.g};
  for (std::size_t i = 0; i < s.drifts.size(); ++i) {
    if (i > 0) {
      // The model is not asked about a point that is no number.
      if (!std::isfinite(z.g.squaredNorm())) {
        z.u = std::numeric_limits<double>::infinity();
        return false;
      }
      if (metric.kind() == InverseMetric::Kind::dense) metric.velocity(z.g, z.w);
    }
    kick_and_drift(metric, s.kicks[i] * h, s.drifts[i] * h, i == 0 ? from : here, z);
    z.u = target.or_infinite(z.q, z.g);
    if (!std::isfinite(z.u)) return false;
  }
  z.kinetic = 0.5 * last_kick(metric, s.kicks.back() * h, z);
  return true;
}

}  // namespace thalweg
