// A map behind the stepper's interface: time by index, the last iterate before the end, failures.
#include <support/catch.hpp>

#include <thalweg/solvers/map_stepper.hpp>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

// x -> factor x + n, one iterate per dt.
struct Growth {
  double factor = 2.0, dt = 0.1;
  Index dim() const { return 1; }
  void apply(In x, Out next, Index n) const { next[0] = factor * x[0] + static_cast<double>(n); }
  double time_step() const { return dt; }
};

}  // namespace

TEST_CASE("iterates stand at t0 + n dt and see their index", "[solvers][map]") {
  MapStepper stepper{AnyMap(Growth{})};
  CHECK(stepper.info().discrete);
  stepper.reset(1.0, Vec::Ones(1));
  double x = 1.0;
  for (int n = 0; n < 30; ++n) {
    REQUIRE(stepper.step(4.0).accepted);
    x = 2.0 * x + n;
    REQUIRE(stepper.state()[0] == x);
    REQUIRE(stepper.time() == Approx(1.0 + (n + 1) * 0.1).epsilon(1e-15));
  }
  CHECK(stepper.time() == 4.0);  // a multiple of dt to rounding: the end itself
}

TEST_CASE("a map ends on the last iterate before the end", "[solvers][map]") {
  MapStepper stepper{AnyMap(Growth{})};
  stepper.reset(0.0, Vec::Ones(1));
  int steps = 0;
  for (double before = -1.0; stepper.time() != before; ++steps) {
    before = stepper.time();
    REQUIRE(stepper.step(0.55).accepted);
  }
  CHECK(steps == 6);  // five iterates and the step that reports that there is no sixth
  CHECK(stepper.time() == 0.5);
  CHECK(stepper.step(0.55).dt_used == 0.0);
  CHECK(stepper.step(0.65).dt_used == 0.1);
}

TEST_CASE("between iterates a map is taken linearly", "[solvers][map]") {
  MapStepper stepper{AnyMap(Growth{})};
  stepper.reset(0.0, Vec::Ones(1));
  stepper.step(1.0);
  Vec x(1);
  stepper.interpolate(0.025, x);
  CHECK(x[0] == Approx(1.25));
  stepper.interpolate(0.1, x);
  CHECK(x[0] == 2.0);
}

TEST_CASE("an iterate that is not finite is named and the last finite one kept", "[solvers][map]") {
  MapStepper stepper{AnyMap(Growth{1e200, 0.1})};
  stepper.reset(0.0, Vec::Ones(1));
  stepper.step(1.0);
  CHECK_THROWS_WITH(stepper.step(1.0), Contains("iterate 2") && Contains("learning rate"));
  CHECK(stepper.state()[0] == 1e200);
  CHECK_THROWS_WITH(MapStepper(AnyMap(Growth{2.0, 0.0})), Contains("time step = 0 must be > 0"));
}

TEST_CASE("a resumed map goes on to the same bits", "[solvers][map][restart]") {
  MapStepper whole{AnyMap(Growth{1.1, 0.1})}, resumed{AnyMap(Growth{1.1, 0.1})};
  whole.reset(0.25, Vec::Ones(1));
  for (int i = 0; i < 7; ++i) whole.step(9.0);
  Archive archive;
  whole.save(archive, "m.");
  resumed.load(archive, "m.");
  for (int i = 0; i < 50; ++i) {
    whole.step(9.0);
    resumed.step(9.0);
  }
  CHECK(whole.time() == resumed.time());
  CHECK(whole.state() == resumed.state());
}
