// What a splitting method must be: reversible, symplectic, of its order, stable as far as
// published.
#include <support/catch.hpp>
#include <support/sampler_toys.hpp>

#include <thalweg/core/error.hpp>
#include <thalweg/solvers/samplers/splitting.hpp>

#include <Eigen/LU>

using namespace thalweg;

namespace {

std::vector<Metric> metrics() {
  Metric unit(InverseMetric::Kind::unit, 3), diagonal(InverseMetric::Kind::diagonal, 3),
      dense(InverseMetric::Kind::dense, 3);
  diagonal.set({.kind = InverseMetric::Kind::diagonal, .diagonal = Vec{{0.5, 2.0, 1.3}}});
  Mat m(3, 3);
  m << 1.0, 0.4, -0.2, 0.4, 0.7, 0.1, -0.2, 0.1, 1.5;
  dense.set({.kind = InverseMetric::Kind::dense, .dense = m});
  return {unit, diagonal, dense};
}

PhasePoint at(const Target& target, const Metric& metric, const Vec& q, const Vec& p) {
  PhasePoint z;
  z.resize(q.size());
  z.q = q;
  z.p = p;
  z.u = target(z.q, z.g);
  metric.velocity(z.p, z.v);
  metric.velocity(z.g, z.w);
  z.kinetic = 0.5 * z.p.dot(z.v);
  return z;
}

// One coordinate, U = q^2 / 2.
Target oscillator() { return {AnyPotential(test::Normals{Vec::Ones(1)}), 1.0}; }

}  // namespace

TEST_CASE("trajectories are reversible", "[solvers][samplers]") {
  const Target target(AnyPotential(test::hard_springs()), 1.0);
  const Vec q{{0.3, -0.8, 0.5}}, p{{1.0, 0.2, -0.7}};
  for (const auto& s : splittings())
    for (const auto& metric : metrics()) {
      CAPTURE(s.name, to_text(metric.kind()));
      auto z = at(target, metric, q, p);
      for (int i = 0; i < 100; ++i) REQUIRE(advance(s, target, metric, 0.1, z));
      CHECK((z.q - q).norm() > 0.1);
      auto back = at(target, metric, z.q, -z.p);
      for (int i = 0; i < 100; ++i) advance(s, target, metric, 0.1, back);
      CHECK((back.q - q).lpNorm<Eigen::Infinity>() < 1e-10);
      CHECK((back.p + p).lpNorm<Eigen::Infinity>() < 1e-10);
      // A negative step goes back without turning the momentum.
      for (int i = 0; i < 100; ++i) advance(s, target, metric, -0.1, z);
      CHECK((z.q - q).lpNorm<Eigen::Infinity>() < 1e-10);
    }
}

TEST_CASE("trajectories are symplectic and keep volumes", "[solvers][samplers]") {
  const Target target(AnyPotential(test::hard_springs()), 1.0);
  const Vec start{{0.3, -0.8, 0.5, 1.0, 0.2, -0.7}};
  Mat omega = Mat::Zero(6, 6);
  omega.topRightCorner(3, 3).setIdentity();
  omega.bottomLeftCorner(3, 3) = -Mat::Identity(3, 3);
  for (const auto& s : splittings())
    for (const auto& metric : metrics()) {
      CAPTURE(s.name, to_text(metric.kind()));
      const auto map = [&](const Vec& x) {
        auto z = at(target, metric, x.head(3), x.tail(3));
        for (int i = 0; i < 10; ++i) advance(s, target, metric, 0.15, z);
        Vec y(6);
        y << z.q, z.p;
        return y;
      };
      // Central differences of order 4: about 1e-11 in error and rounding.
      Mat J(6, 6);
      const double h = 1e-3;
      for (Index j = 0; j < 6; ++j) {
        const Vec e = h * Vec::Unit(6, j);
        J.col(j) = (8.0 * (map(start + e) - map(start - e)) -
                    (map(start + 2.0 * e) - map(start - 2.0 * e))) /
                   (12.0 * h);
      }
      CHECK(std::abs(J.determinant() - 1.0) < 1e-8);
      CHECK((J.transpose() * omega * J - omega).lpNorm<Eigen::Infinity>() < 1e-8);
    }
}

TEST_CASE("energy errors shrink with the order", "[solvers][samplers]") {
  const Target target(AnyPotential(test::hard_springs()), 1.0);
  const auto metric = metrics()[2];
  const auto max_error = [&](const Splitting& s, int steps) {
    auto z = at(target, metric, Vec{{0.3, -0.8, 0.5}}, Vec{{1.0, 0.2, -0.7}});
    const double start = z.energy();
    double most = 0.0;
    for (int i = 0; i < steps; ++i) {
      advance(s, target, metric, 4.0 / steps, z);
      most = std::max(most, std::abs(z.energy() - start));
    }
    return most;
  };
  for (const auto& s : splittings()) {
    CAPTURE(s.name);
    const double ratio = max_error(s, 800) / max_error(s, 1600);
    // The maximum over the nodes wanders by a few parts in a thousand with their places.
    CHECK(std::abs(ratio - std::pow(2.0, s.order)) < (s.order == 2 ? 0.05 : 0.5));
  }
}

TEST_CASE("steps are stable as far as published", "[solvers][samplers]") {
  // Half the trace of one step's matrix on the oscillator passes 1 in size where stability ends;
  // bounds from Blanes, Casas, Sanz-Serna 2014 and linear algebra by other hands.
  const std::vector<std::pair<std::string, double>> published = {
      {"leapfrog", 2.0}, {"mclachlan2", 2.553}, {"bcss2", 2.634},
      {"bcss3", 4.662},  {"predescu3", 4.584},  {"yoshida4", 1.574}};
  const auto target = oscillator();
  const Metric metric(InverseMetric::Kind::unit, 1);
  for (const auto& [name, limit] : published) {
    CAPTURE(name);
    const auto half_trace = [&](double h) {
      auto a = at(target, metric, Vec::Ones(1), Vec::Zero(1));
      auto b = at(target, metric, Vec::Zero(1), Vec::Ones(1));
      advance(splitting(name), target, metric, h, a);
      advance(splitting(name), target, metric, h, b);
      return 0.5 * std::abs(a.q[0] + b.p[0]);
    };
    CHECK(half_trace(limit - 1e-3) < 1.0);
    CHECK(half_trace(limit + 1e-3) > 1.0);
  }
}

TEST_CASE("leapfrog conserves the modified energy of the oscillator", "[solvers][samplers]") {
  const auto target = oscillator();
  const Metric metric(InverseMetric::Kind::unit, 1);
  const double h = 0.7;
  auto z = at(target, metric, Vec::Constant(1, 0.8), Vec::Constant(1, -0.3));
  const auto energy = [&] { return z.p[0] * z.p[0] + (1.0 - h * h / 4.0) * z.q[0] * z.q[0]; };
  const double start = energy();
  for (int i = 0; i < 1000; ++i) {
    advance(splitting("leapfrog"), target, metric, h, z);
    REQUIRE(std::abs(energy() - start) < 1e-13);  // a few hundred roundings
  }
}

TEST_CASE("the last gradient of a step is the first of the next", "[solvers][samplers]") {
  const AnyPotential potential(test::hard_springs());
  const Target target(potential, 1.0);
  for (const auto& s : splittings()) {
    const auto metric = metrics()[1];
    auto z = at(target, metric, Vec::Ones(3), Vec::Ones(3));
    const auto before = potential.counts().gradients;
    for (int i = 0; i < 10; ++i) advance(s, target, metric, 0.1, z);
    CHECK(potential.counts().gradients - before == 10 * s.gradients());
  }
}

TEST_CASE("metrics that are none are refused", "[solvers][samplers]") {
  using Kind = InverseMetric::Kind;
  Metric diagonal(Kind::diagonal, 2), dense(Kind::dense, 2);
  CHECK_THROWS_WITH(diagonal.set({.kind = Kind::diagonal, .diagonal = Vec{{1.0, -2.0}}}),
                    Catch::Matchers::Contains("entry 1 of the inverse metric = -2 must be > 0"));
  CHECK_THROWS_WITH(diagonal.set({.kind = Kind::diagonal, .diagonal = Vec::Ones(3)}),
                    Catch::Matchers::Contains("is of 3 parameters, the model has 2"));
  CHECK_THROWS_WITH(diagonal.set({.kind = Kind::dense, .dense = Mat::Identity(2, 2)}),
                    Catch::Matchers::Contains("is dense, sampler.metric is diagonal"));
  Mat indefinite(2, 2), skew(2, 2);
  indefinite << 1.0, 2.0, 2.0, 1.0;
  skew << 1.0, 0.5, 0.0, 1.0;
  for (const auto& m : {indefinite, skew})
    CHECK_THROWS_AS(dense.set({.kind = Kind::dense, .dense = m}), ConfigError);
}
