// Gradient descent against gradient flow: closed forms, orders of the modified flows, the principal
// flow, the edge of stability.
#include "support/catch.hpp"
#include "support/reference_motion.hpp"
#include "support/tanh_rosenbrock.hpp"

#include <cmath>
#include <thalweg/models/dynamics/gradient_descent.hpp>
#include <thalweg/models/dynamics/gradient_flow.hpp>
#include <thalweg/models/dynamics/heavy_ball.hpp>
#include <thalweg/models/dynamics/modified_flow.hpp>
#include <thalweg/models/dynamics/nesterov.hpp>
#include <thalweg/models/dynamics/principal_flow.hpp>
#include <thalweg/models/potentials/double_well.hpp>
#include <thalweg/models/potentials/logistic_example.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>

using namespace thalweg;
using test::integrate;
using test::iterate;

namespace {

AnySystem flow_of(const AnyPotential& p) { return *GradientFlow{}(p).system(); }
AnyMap descent_of(const AnyPotential& p, double eta) { return *GradientDescent{eta}(p).map(); }

Vec exact_flow(const AnyPotential& p, const Vec& q0, double t) {
  Vec q(q0.size());
  REQUIRE(p.exact_flow(q0, t, q));
  return q;
}

// Orders between successive halvings of eta of |descent - system| at t = 1.
std::vector<double> orders(const AnyPotential& p, const Vec& q0,
                           const std::function<AnySystem(double)>& system, double eta,
                           int halvings) {
  std::vector<double> errors, slopes;
  for (int k = 0; k <= halvings; ++k, eta /= 2.0) {
    const Vec descent = iterate(descent_of(p, eta), q0, static_cast<Index>(std::lround(1.0 / eta)));
    // 4000 steps of Runge-Kutta 4: an error below 1e-12, far below the eta^3 to be seen.
    errors.push_back((descent - integrate(system(eta), q0, 1.0, 4000)).norm());
  }
  for (std::size_t k = 0; k + 1 < errors.size(); ++k)
    slopes.push_back(std::log2(errors[k] / errors[k + 1]));
  return slopes;
}

AnySystem modified(const AnyPotential& p, double eta, Index order) {
  return *ModifiedFlow{eta, order}(p).system();
}

}  // namespace

TEST_CASE("closed forms of the gradient flow agree with integration") {
  const auto check = [](const AnyPotential& p, const Vec& q0, double t) {
    CHECK((integrate(flow_of(p), q0, t, 4000) - exact_flow(p, q0, t)).norm() < 1e-10);
  };
  check(AnyPotential(Quadratic(Vec::LinSpaced(6, -0.5, 3.0), 6, 1)), Vec::Ones(6), 2.0);
  check(AnyPotential(DoubleWell{4}), Vec{{0.01, -0.7, 1.8, 0.0}}, 5.0);
  check(AnyPotential(LogisticExample{1.0}), Vec::Zero(1), 10.0);
  check(AnyPotential(LogisticExample{-2.5}), Vec::Constant(1, 0.4), 3.0);
}

TEST_CASE("the logistic example has its published flow and descent") {
  // theta' = 1/(1 + e^theta): digits from mpmath's Lambert W, descent by 50-digit arithmetic.
  const AnyPotential p(LogisticExample{});
  const Vec q0 = Vec::Zero(1);
  CHECK(exact_flow(p, q0, 1.0)[0] == Approx(0.442854401002389).epsilon(1e-14));
  CHECK(exact_flow(p, q0, 5.0)[0] == Approx(1.50333582699384).epsilon(1e-14));
  CHECK(exact_flow(p, q0, 10.0)[0] == Approx(2.17732510061403).epsilon(1e-14));
  CHECK(iterate(descent_of(p, 0.5), q0, 10)[0] == Approx(1.55146146233281).epsilon(1e-14));
  CHECK(iterate(descent_of(p, 0.25), q0, 20)[0] == Approx(1.52684730172344).epsilon(1e-14));
  CHECK(iterate(descent_of(p, 0.125), q0, 40)[0] == Approx(1.51495963644376).epsilon(1e-14));
}

TEST_CASE("descent on a quadratic is a power and passes through four regimes") {
  const AnyPotential p(Quadratic(Vec::Ones(1)));
  const Vec q0 = Vec::Ones(1);
  CHECK(iterate(descent_of(p, 0.1), q0, 10)[0] == Approx(0.3486784401).epsilon(1e-14));
  CHECK(exact_flow(p, q0, 1.0)[0] == Approx(std::exp(-1.0)).epsilon(1e-15));
  const auto two = [&](double eta) {
    return std::pair{iterate(descent_of(p, eta), q0, 1)[0], iterate(descent_of(p, eta), q0, 2)[0]};
  };
  CHECK((two(0.5).first > 0.0 && two(0.5).second < two(0.5).first));  // monotone
  CHECK((two(1.5).first < 0.0 && std::abs(two(1.5).first) < 1.0));    // alternating decay
  CHECK((two(2.0).first == -1.0 && two(2.0).second == 1.0));          // neutral two-cycle
  CHECK(std::abs(two(2.1).second) > 1.0);                             // divergence
}

TEST_CASE("descent follows the flow at order 1 and the modified flows at orders 2 and 3") {
  // eta times the sharpness stays below 1/2. The next term of the series is 5 to 15 % of the
  // leading one at the largest eta, which is what the tolerances allow.
  const auto check = [](const AnyPotential& p, const Vec& q0, double eta) {
    for (const double o : orders(
             p, q0, [&](double) { return flow_of(p); }, eta, 3))
      CHECK(std::abs(o - 1.0) < 0.1);
    for (const double o : orders(
             p, q0, [&](double e) { return modified(p, e, 2); }, eta, 3))
      CHECK(std::abs(o - 2.0) < 0.1);
    for (const double o : orders(
             p, q0, [&](double e) { return modified(p, e, 3); }, eta, 3))
      CHECK(std::abs(o - 3.0) < 0.15);
  };
  SECTION("Rosenbrock's valley, third derivative exact") {
    check(AnyPotential(Rosenbrock{3, 1.0, 1.0}), Vec{{-0.4, 0.6, 0.2}}, 1.0 / 64);
  }
  SECTION("double well") { check(AnyPotential(DoubleWell{2}), Vec{{0.3, 1.4}}, 1.0 / 32); }
  SECTION("automatic derivatives, third derivative by differences") {
    const AnyPotential p(AutomaticPotential(test::TanhValley{4, 1.0, 1.0}));
    REQUIRE_FALSE(p.has_third());
    check(p, Vec{{-0.4, 0.6, 0.2, -0.3}}, 1.0 / 64);
  }
}

TEST_CASE("the modified flow of order 2 is the gradient flow of L + eta/4 |grad L|^2") {
  const AnyPotential p(Rosenbrock{3, 1.0, 2.0});
  const AnySystem s = modified(p, 0.05, 2);
  const auto observables = s.observables();
  REQUIRE(observables.size() == 1);
  CHECK(observables[0].variable.name == "modified_loss");
  const auto loss = [&](const Vec& q) {
    Vec out(1);
    observables[0].compute(q, 0.0, out);
    return out[0];
  };
  const Vec q{{-0.4, 0.6, 0.2}};
  Vec f(3);
  s.rhs(q, f, 0.0);
  for (Index i = 0; i < 3; ++i) {
    const Vec e = 1e-5 * Vec::Unit(3, i);
    // Central differences: truncation 1e-10 times a third derivative of about 100.
    CHECK(f[i] == Approx(-(loss(q + e) - loss(q - e)) / 2e-5).epsilon(1e-7));
  }
}

TEST_CASE("the principal flow passes through every step of descent on a quadratic") {
  // 20 eigenvalues with eta lambda from 0.02 to 2.3: decay, oscillation and divergence at once.
  const double eta = 0.1;
  Vec spectrum = Vec::LinSpaced(20, 0.2, 19.0);
  spectrum[19] = 23.0;
  const AnyPotential p(Quadratic(spectrum, 20, 3));
  const AnySystem s = *PrincipalFlow{eta}(p).system();
  Rng rng(5, "start");
  Vec q0 = *p.initial_state(rng), x0 = Vec::Zero(40), x(40);
  x0.head(20) = q0;
  const AnyMap descent = descent_of(p, eta);
  for (const Index n : {1, 2, 7, 40}) {
    const Vec q = iterate(descent, q0, n);
    REQUIRE(s.exact(x0, static_cast<double>(n) * eta, x));
    CHECK((x.head(20) - q).norm() < 1e-10 * std::max(1.0, q.norm()));
    CHECK(x.tail(20).norm() < 1e-10 * std::max(1.0, q.norm()));
  }
  // Integrated, not only in closed form; the stiffest rate is |ln(-0.9)|/eta = 31.
  const Vec q = iterate(descent, q0, 10);
  CHECK((integrate(s, x0, 10 * eta, 20000).head(20) - q).norm() < 1e-10 * q.norm());
}

TEST_CASE("the principal flow names what it cannot do") {
  CHECK_THROWS_WITH(PrincipalFlow{0.1}(AnyPotential(DoubleWell{2})),
                    Catch::Contains("needs a quadratic potential"));
  CHECK_THROWS_WITH(PrincipalFlow{0.5}(AnyPotential(Quadratic(Vec{{1.0, 2.0}}))),
                    Catch::Contains("the eigenvalue 2.000000 is 1/learning_rate"));
}

TEST_CASE("the flag of stability flips where iterates begin to grow") {
  // Bisection in eta between decay and growth after many steps, on a quadratic with lambda_max = 4.
  const AnyPotential p(Quadratic(Vec{{0.5, 1.0, 4.0}}, 3, 2));
  const auto edge = [&](const std::function<AnyMap(double)>& map,
                        const std::function<bool(double)>& flag) {
    double low = 0.01, high = 4.0, flag_low = 0.01, flag_high = 4.0;
    for (int i = 0; i < 30; ++i) {
      const double eta = 0.5 * (low + high), flag_eta = 0.5 * (flag_low + flag_high);
      const AnyMap m = map(eta);
      Vec x = Vec::Zero(m.dim());
      x.head(3).setOnes();
      // The growth from step 20000 to 40000 shows which side of one the multiplier is on.
      const double before = iterate(m, x, 20000).norm(), after = iterate(m, x, 40000).norm();
      (after <= before ? low : high) = eta;
      (flag(flag_eta) ? flag_low : flag_high) = flag_eta;
    }
    CHECK(flag_low == Approx(low).epsilon(1e-6));
    return flag_low;
  };
  CHECK(edge([&](double e) { return descent_of(p, e); },
             [](double e) { return GradientDescent{e}.stable(4.0); }) ==
        Approx(2.0 / 4.0).epsilon(1e-6));
  CHECK(edge(
            [&](double e) {
              return *HeavyBall{e, 0.5}(p).map();
            },
            [](double e) {
              return HeavyBall{e, 0.5}.stable(4.0);
            }) == Approx(3.0 / 4.0).epsilon(1e-6));
  CHECK(edge(
            [&](double e) {
              return *Nesterov{e, 0.5}(p).map();
            },
            [](double e) {
              return Nesterov{e, 0.5}.stable(4.0);
            }) == Approx(3.0 / 8.0).epsilon(1e-6));
}
