// Tangent vectors as a motion: under methods of mechanics they are moved by the derivative of the
// method's own step; by differences where a motion has no derivatives.
#include "support/catch.hpp"

#include <cmath>
#include <thalweg/chaos/difference_motion.hpp>
#include <thalweg/chaos/tangent_motion.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/models/dynamics/damped_momentum.hpp>
#include <thalweg/models/potentials/double_well.hpp>
#include <thalweg/models/systems/henon.hpp>
#include <thalweg/models/systems/henon_heiles.hpp>
#include <thalweg/models/systems/lorenz63.hpp>
#include <thalweg/solvers/catalogue.hpp>

using namespace thalweg;

namespace {

SolverFactory solver(const char* name) {
  const auto config = Config::from_text("dt = 0.05", "test");
  ConfigReader reader(config);
  return solvers().at(name).make(reader);
}

Vec moved(Stepper& stepper, const Vec& x, double t) {
  stepper.reset(0.0, x);
  while (stepper.time() < t) stepper.step(t);
  return stepper.state();
}

const Vec star{{0.1, -0.2, 0.3, 0.25}};

}  // namespace

TEST_CASE("methods of mechanics move tangent vectors by the derivative of their steps") {
  const AnySystem system{HenonHeiles{}};
  for (const char* name : {"velocity_verlet", "conformal_verlet", "mclachlan4"}) {
    INFO(name);
    const auto tangent = tangent_motion(system, 4, true);
    const auto both = tangent_stepper(*tangent.system(), solver(name));
    const Vec end = moved(*both, tangent_state(star, 4, true), 3.0);
    const auto alone = solver(name)(system, 1.0);
    CHECK((end.head(4) - moved(*alone, star, 3.0)).norm() < 1e-13);
    for (Index j = 0; j < 4; ++j) {
      const double h = 1e-5;  // error h^2 and 1e-16 / h
      const Vec forward = moved(*alone, star + h * Vec::Unit(4, j), 3.0);
      const Vec back = moved(*alone, star - h * Vec::Unit(4, j), 3.0);
      CHECK((end.segment(4 * (j + 1), 4) - (forward - back) / (2.0 * h)).norm() < 1e-7);
    }
    CHECK(end[20] == 0.0);  // without friction volumes stay
    // Dense output and restarts, in the order of copies.
    Vec between(21);
    both->interpolate(both->time(), between);
    CHECK(between == end);
    Archive a;
    both->save(a, "");
    const auto again = tangent_stepper(*tangent.system(), solver(name));
    again->reset(0.0, tangent_state(star, 4, true));
    again->load(a, "");
    CHECK(again->state() == end);
    const auto pair = tangent_stepper(*pair_motion(system).system(), solver(name));
    Vec two(8);
    two << star, 0.5 * star;
    CHECK((moved(*pair, two, 3.0).tail(4) - moved(*alone, 0.5 * star, 3.0)).norm() < 1e-13);
  }
  // The tangents' forces have no potential.
  CHECK_THROWS_AS(
      tangent_stepper(*tangent_motion(system, 1, false).system(), solver("discrete_gradient")),
      ModelError);
}

TEST_CASE("Jacobian products by differences") {
  const AnyMap henon{Henon{}};
  const AnySystem lorenz{Lorenz63{}};
  const Mat V = Mat::Identity(2, 2);
  Mat exact(2, 2), by(2, 2);
  henon.tangent(Vec{{0.3, 0.1}}, V, exact, 0);
  difference_motion(henon).map()->tangent(Vec{{0.3, 0.1}}, V, by, 0);
  CHECK((exact - by).norm() < 1e-11);  // rounding of 1e-16 over a distance of 1e-3
  Vec Jv(3), Jv_by(3);
  const Vec x{{1.0, -5.0, 20.0}}, v{{0.3, 2.0, -1.0}};
  lorenz.jvp(x, v, Jv, 0.0);
  difference_motion(lorenz).system()->jvp(x, v, Jv_by, 0.0);
  CHECK((Jv - Jv_by).norm() < 1e-9);
  CHECK_NOTHROW(check_differences(lorenz, x, 0.0));
  struct Kink {
    [[nodiscard]] Index dim() const { return 1; }
    void apply(In q, Out next, Index) const { next[0] = std::abs(q[0] - 2e-4); }
  };
  CHECK_THROWS_AS(check_differences(AnyMap{Kink{}}, Vec::Zero(1), 0.0), ModelError);
  struct Root {  // not there on the other side of 0, as Adam's for its second moment
    [[nodiscard]] Index dim() const { return 1; }
    void apply(In q, Out next, Index) const { next[0] = std::sqrt(q[0]); }
  };
  CHECK_THROWS_AS(check_differences(AnyMap{Root{}}, Vec::Zero(1), 0.0), ModelError);
}

TEST_CASE("tangents and volumes under a method of mechanics, with mass and friction") {
  const auto motion = DampedMomentum{.mass = 0.8, .friction = 0.7}(AnyPotential(DoubleWell{2}));
  const AnySystem& system = *motion.system();
  const auto tangent = tangent_motion(motion, 4, true);
  const auto both = tangent_stepper(*tangent.system(), solver("conformal_verlet"));
  const Vec end = moved(*both, tangent_state(star, 4, true), 3.0);
  const auto alone = solver("conformal_verlet")(system, 1.0);
  Mat D(4, 4);
  for (Index j = 0; j < 4; ++j) {
    const double h = 1e-5;
    const Vec forward = moved(*alone, star + h * Vec::Unit(4, j), 3.0);
    const Vec back = moved(*alone, star - h * Vec::Unit(4, j), 3.0);
    CHECK((end.segment(4 * (j + 1), 4) - (forward - back) / (2.0 * h)).norm() < 1e-7);
  }
  CHECK(end[20] == Approx(-2.0 * 0.7 / 0.8 * 3.0).epsilon(1e-12));
}
