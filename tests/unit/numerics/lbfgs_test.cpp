// L-BFGS on problems with known minima, and as a motion.
#include "support/catch.hpp"
#include "support/datasets.hpp"

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/models/dynamics/lbfgs.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>
#include <thalweg/numerics/lbfgs.hpp>

using namespace thalweg;

TEST_CASE("L-BFGS finds the end of Rosenbrock's valley in tens of gradients") {
  int calls = 0;
  const auto f = [&](In q, Out g) {
    ++calls;
    const double a = 1.0 - q[0], b = q[1] - q[0] * q[0];
    g[0] = -2.0 * a - 400.0 * b * q[0];
    g[1] = 200.0 * b;
    return a * a + 100.0 * b * b;
  };
  Lbfgs descent(2, 10);
  descent.start(Vec{{-1.2, 1.0}}, f);
  double last = descent.value;
  while (descent.gradient_size() > 1e-10 && !descent.stuck) {
    descent.step(f);
    CHECK(descent.value <= last);
    last = descent.value;
  }
  CHECK((descent.q - Vec::Ones(2)).norm() < 1e-9);
  CHECK(calls < 80);  // SciPy's L-BFGS-B takes 45
}

TEST_CASE("L-BFGS with room for every direction ends a quadratic in about that many steps") {
  const Quadratic p(Vec{{1.0, 3.0, 10.0, 40.0, 100.0}}, 3, 1);
  const auto f = [&](In q, Out g) { return p.value_and_gradient(q, g); };
  Lbfgs descent(5, 10);
  descent.start(test::normal_vector(5), f);
  CHECK(descent.minimise(f, 1e-9, 100) < 40);
  CHECK(descent.q.norm() < 1e-9);
}

TEST_CASE("L-BFGS steps back from where a function is not finite") {
  const auto f = [](In q, Out g) {
    g[0] = 1.0 - 1.0 / q[0];
    return q[0] - std::log(q[0]);  // NaN for negative q
  };
  Lbfgs descent(1, 5);
  descent.start(Vec{{0.05}}, f);
  descent.minimise(f, 1e-10, 100);
  CHECK(descent.q[0] == Approx(1.0).epsilon(1e-9));
}

TEST_CASE("as a motion, L-BFGS steps back from where a loss cannot be computed") {
  struct Behind {
    Index dim() const { return 1; }
    double value(In q) const {
      if (!(q[0] > 0.9)) throw SolveError("no solution");
      return 10.0 * q[0] - std::log(q[0] - 0.9);
    }
    void gradient(In q, Out g) const {
      (void)value(q);
      g[0] = 10.0 - 1.0 / (q[0] - 0.9);
    }
  };
  const Motion motion = LbfgsDescent{.memory = 4, .tolerance = 1e-10}(AnyPotential(Behind{}));
  Vec x = Vec::Zero(motion.dim()), next(x.size());
  x[0] = 1.5;  // the first trial has length one
  for (Index n = 0; n < 60; ++n) {
    motion.map()->apply(x, next, n);
    x = next;
  }
  CHECK(x[0] == Approx(1.0).epsilon(1e-9));
  x.setConstant(0.0);
  CHECK_THROWS_AS(motion.map()->apply(x, next, 0), SolveError);  // a start is not a trial
}

TEST_CASE(
    "as a motion, L-BFGS makes the same iterates, counts its gradients and stays at the end") {
  const AnyPotential p{Quadratic(Vec{{1.0, 3.0, 10.0}}, 3, 1)};
  const auto f = [&](In q, Out g) { return p.value_and_gradient(q, g); };
  const Motion motion = LbfgsDescent{.memory = 4, .tolerance = 1e-8}(p.with_own_counts());
  const AnyMap& map = *motion.map();
  Vec x = Vec::Zero(map.dim()), next(map.dim());
  x.head(3) = test::normal_vector(3);
  Lbfgs descent(3, 4);
  descent.start(x.head(3), f);
  for (Index n = 0; n < 100; ++n) {
    map.apply(x, next, n);
    if (descent.gradient_size() > 1e-8) descent.step(f);
    REQUIRE(next.head(3) == descent.q);
    x = next;
  }
  CHECK(x.head(3).norm() < 1e-7);
  CHECK(map.counts().gradients == p.counts().gradients);
  const auto phase = map.observables().back();
  Vec out(1);
  phase.compute(x, 0.0, out);
  CHECK(out[0] == 2.0);
}
