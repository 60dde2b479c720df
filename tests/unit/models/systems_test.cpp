// Systems and maps for teaching: published values and invariants.
#include "support/catch.hpp"
#include "support/reference_motion.hpp"

#include <Eigen/LU>
#include <cmath>
#include <numbers>
#include <thalweg/models/systems/harmonic.hpp>
#include <thalweg/models/systems/henon.hpp>
#include <thalweg/models/systems/logistic_map.hpp>
#include <thalweg/models/systems/lorenz63.hpp>
#include <thalweg/models/systems/van_der_pol.hpp>

using namespace thalweg;
using test::integrate;

TEST_CASE("the damped oscillator has its closed form in all three regimes") {
  const Vec start{{1.0, 0.3}};
  for (const double damping : {0.0, 0.2, 2.0, 5.0}) {
    const Harmonic h{1.0, damping, 1.0};
    Vec x(2);
    CHECK(h.exact(start, 3.0, x));
    CHECK((x - integrate(AnySystem(h), start, 3.0, 4000)).norm() < 1e-10);
  }
  // m = 1, gamma = 0.2, k = 1 from rest at 1; digits from an independent computation.
  const Harmonic h{1.0, 0.2, 1.0};
  Vec x(2);
  h.exact(Vec::Unit(2, 0), 1.0, x);
  CHECK(x[0] == Approx(0.568971890946).epsilon(1e-11));
  h.exact(Vec::Unit(2, 0), 10.0, x);
  CHECK(x[0] == Approx(-0.33685168059).epsilon(1e-10));
  CHECK(h.energy(x) == Approx(0.0739110429071).epsilon(1e-11));
}

TEST_CASE("Lorenz's fixed points are at rest and its divergence is constant") {
  const Lorenz63 lorenz;
  const double c = std::sqrt(lorenz.beta * (lorenz.rho - 1.0));
  Vec f(3), column(3);
  lorenz.rhs(Vec{{c, c, lorenz.rho - 1.0}}, f, 0.0);
  CHECK(f.norm() < 1e-13);
  double trace = 0.0;
  for (Index i = 0; i < 3; ++i) {
    lorenz.jvp(Vec{{1.0, -2.0, 7.0}}, Vec::Unit(3, i), column, 0.0);
    trace += column[i];
  }
  CHECK(trace == Approx(-(10.0 + 1.0 + 8.0 / 3.0)).epsilon(1e-15));
}

TEST_CASE("Van der Pol's limit cycle has the published period and amplitude at mu = 1") {
  // Period 6.6632868593, amplitude 2.0086198608 (Andersen and Geer, 1982, to ten digits).
  const AnySystem s(VanDerPol{1.0});
  const Vec on_cycle = integrate(s, Vec{{2.0, 0.0}}, 60.0, 60000);
  const Vec later = integrate(s, on_cycle, 6.6632868593, 20000);
  CHECK((later - on_cycle).norm() < 1e-8);
}

TEST_CASE("Henon's map shrinks areas by b and keeps its fixed point") {
  const Henon h;
  const double x = (h.b - 1.0 + std::sqrt((1.0 - h.b) * (1.0 - h.b) + 4.0 * h.a)) / (2.0 * h.a);
  Vec next(2);
  h.apply(Vec{{x, h.b * x}}, next, 0);
  CHECK((next - Vec{{x, h.b * x}}).norm() < 1e-15);
  Mat DF(2, 2);
  h.tangent(Vec{{0.3, -0.2}}, Mat::Identity(2, 2), DF, 0);
  CHECK(DF.determinant() == Approx(-h.b).epsilon(1e-15));
}

TEST_CASE("the logistic map at r = 4 has the Lyapunov exponent ln 2") {
  const LogisticMap map;
  Vec x = Vec::Constant(1, 0.2345), next(1);
  Mat slope(1, 1);
  double sum = 0.0;
  constexpr int steps = 100'000;
  for (int n = 0; n < steps; ++n) {
    map.tangent(x, Mat::Ones(1, 1), slope, n);
    sum += std::log(std::abs(slope(0, 0)));
    map.apply(x, next, n);
    x = next;
  }
  // ln|F'| has variance pi^2/12: the standard error over 1e5 steps is 0.003.
  CHECK(sum / steps == Approx(std::numbers::ln2).epsilon(0.0).margin(0.01));
}
