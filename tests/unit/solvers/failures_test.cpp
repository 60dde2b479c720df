// What cannot succeed ends at once with an error that names the reason, the time and the entry.
#include <support/catch.hpp>
#include <support/solver_toys.hpp>

#include <ctime>

using namespace thalweg;
using Catch::Matchers::Contains;
using test::lambda_system;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<test::NamedSolver> adaptive_solvers() {
  auto all = test::all_solvers(1e-6, 0.01);
  all.erase(all.begin(), all.begin() + 3);
  return all;
}

// The message with which a run to t_end fails; at most a second of processor time.
std::string failure(Stepper& stepper, double t_end) {
  const std::clock_t start = std::clock();
  std::string message;
  try {
    test::advance(stepper, t_end, 200'000);
  } catch (const SolveError& e) {
    message = e.what();
  }
  CHECK(std::clock() - start < CLOCKS_PER_SEC);
  return message;
}

}  // namespace

TEST_CASE("a right-hand side that becomes NaN stops the run there", "[solvers][failure]") {
  const auto system = lambda_system(3, [](In x, Out f, double t) {
    f = -x;
    if (t >= 0.5) f[1] = not_a_number;
  });
  for (const auto& s : test::all_solvers(1e-6, 0.01)) {
    CAPTURE(s.name);
    const auto stepper = s.make(system, 1.0);
    stepper->reset(0.0, Vec::Ones(3));
    const auto message = failure(*stepper, 2.0);
    CHECK_THAT(message, Contains("x[1]") && Contains("t = 0.") && Contains("finite"));
    CHECK(stepper->state().allFinite());
    CHECK(stepper->time() <= 0.5);
    CHECK(stepper->time() > 0.48);  // fixed steps of 0.01; adaptive ones much nearer
  }
}

TEST_CASE("a wall of NaN just beyond the end is avoided by smaller steps", "[solvers][failure]") {
  const auto system =
      lambda_system(1, [](In x, Out f, double) { f[0] = x[0] < 20.0 ? x[0] : not_a_number; });
  for (const auto& s : adaptive_solvers()) {
    CAPTURE(s.name);
    const auto stepper = s.make(system, 1.0);
    stepper->reset(0.0, Vec::Ones(1));
    test::advance(*stepper, std::log(19.9), 1000);
    CHECK(stepper->state()[0] == Approx(19.9).epsilon(1e-4));
  }
}

TEST_CASE("a blow-up in finite time is named with its time", "[solvers][failure]") {
  const auto system = lambda_system(2, [](In x, Out f, double) {
    f[0] = 0.0;
    f[1] = x[1] * x[1];
  });
  for (const auto& s : adaptive_solvers()) {
    CAPTURE(s.name);
    const auto stepper = s.make(system, 1.0);
    stepper->reset(0.0, Vec::Ones(2));
    const auto message = failure(*stepper, 2.0);
    CHECK_THAT(message, Contains("blow-up") || Contains("not finite"));
    CHECK_THAT(message, Contains("x[1]"));
    // Every method follows the growth until the pole at 1, shifted by its error.
    CHECK(stepper->time() == Approx(1.0).epsilon(0.0).margin(1e-3));
    CHECK(stepper->state().allFinite());
  }
}

TEST_CASE("fixed steps into a blow-up fail by name and keep the last finite state", "[solvers]") {
  const auto system = lambda_system(1, [](In x, Out f, double) { f[0] = x[0] * x[0]; });
  for (const char* name : {"euler", "rk4", "adams_bashforth_moulton"}) {
    CAPTURE(name);
    for (const auto& s : test::all_solvers(1e-6, 0.01))
      if (s.name == name) {
        const auto stepper = s.make(system, 1.0);
        stepper->reset(0.0, Vec::Ones(1));
        CHECK_THAT(failure(*stepper, 2.0), Contains("lower solver.dt"));
        CHECK(stepper->state().allFinite());
      }
  }
}

TEST_CASE("a stiff problem makes an explicit method say so", "[solvers][failure]") {
  const auto system =
      lambda_system(1, [](In x, Out f, double t) { f[0] = -1e9 * (x[0] - std::cos(t)); });
  const auto stepper = Dopri5{}(system, 1.0);
  stepper->reset(0.0, Vec::Zero(1));
  int limited = 0;
  for (int i = 0; i < 2000; ++i) limited += stepper->step(2.0).stability_limited;
  // The first steps follow the transient; then every step is at the limit.
  CHECK(limited > 1800);
  CHECK(stepper->next_step_size() < 1e-8);

  const auto smooth = Dopri5{}(AnySystem(test::NonlinearToy{}), 1.0);
  smooth->reset(0.0, test::NonlinearToy::solution(0.0));
  while (smooth->time() < 5.0) CHECK_FALSE(smooth->step(5.0).stability_limited);
}

TEST_CASE("a jump of the right-hand side is passed", "[solvers]") {
  // x' = -x + 1, from t = 1/3 on -x - 2.
  const auto system =
      lambda_system(1, [](In x, Out f, double t) { f[0] = -x[0] + (t < 1.0 / 3.0 ? 1.0 : -2.0); });
  const double at_jump = 1.0 - std::exp(-1.0 / 3.0);
  const double at_end = -2.0 + (at_jump + 2.0) * std::exp(-2.0 / 3.0);
  for (const auto& s : adaptive_solvers()) {
    if (s.name == "fehlberg78") continue;  // its estimate compares the ends of a step only
    CAPTURE(s.name);
    const auto stepper = s.make(system, 1.0);
    stepper->reset(0.0, Vec::Zero(1));
    test::advance(*stepper, 1.0, 2000);
    // One step covers the jump with an estimated error of 1e-6 (|x| < 1); estimates made for smooth
    // f see a jump too small by some ten times.
    CHECK(stepper->state()[0] == Approx(at_end).epsilon(0.0).margin(1e-4));
  }
}

TEST_CASE("tolerances that no step can meet are refused at once", "[solvers][failure]") {
  Dopri5 zero;
  zero.rtol = zero.atol = 0.0;
  const AnySystem toy{test::NonlinearToy{}};
  CHECK_THROWS_WITH(zero(toy, 1.0), Contains("rtol = 0") && Contains("atol = 0"));
  CHECK_THROWS_AS(zero(toy, 1.0), ConfigError);
  Rkc2 negative;
  negative.atol = -1.0;
  CHECK_THROWS_WITH(negative(toy, 1.0), Contains("atol = -1 must be >= 0"));
  Euler no_step;
  no_step.dt = 0.0;
  CHECK_THROWS_WITH(no_step(toy, 1.0), Contains("dt = 0 must be > 0"));

  Fehlberg78 below_rounding;
  below_rounding.rtol = 1e-30;
  below_rounding.atol = 0.0;
  CHECK_THROWS_WITH(below_rounding(toy, 1.0), Contains("rtol = 1e-30") && Contains(">= 1e-15"));
}

TEST_CASE("dt_min and dt_max are kept", "[solvers]") {
  Dopri5 s;
  s.rtol = s.atol = 1e-10;
  s.dt_min = 0.05;
  const AnySystem toy{test::NonlinearToy{}};
  auto stepper = s(toy, 1.0);
  stepper->reset(0.0, test::NonlinearToy::solution(0.0));
  CHECK_THAT(failure(*stepper, 2.0), Contains("solver.dt_min"));

  s.rtol = s.atol = 1e-3;
  s.dt_min = 0.0;
  s.dt_max = 0.07;
  stepper = s(toy, 1.0);
  stepper->reset(0.0, test::NonlinearToy::solution(0.0));
  while (stepper->time() < 2.0) CHECK(stepper->step(2.0).dt_used <= 0.07);
}

TEST_CASE("integration backwards is refused", "[solvers][failure]") {
  for (const auto& s : test::all_solvers(1e-6, 0.01)) {
    CAPTURE(s.name);
    const auto stepper = s.make(AnySystem(test::NonlinearToy{}), 1.0);
    stepper->reset(1.0, test::NonlinearToy::solution(1.0));
    CHECK_THROWS_WITH(stepper->step(0.5), Contains("must be >"));
    CHECK_THROWS_WITH(stepper->step(not_a_number), Contains("must be >"));
  }
}

TEST_CASE("a start that is not finite is named", "[solvers][failure]") {
  const auto stepper = Dopri5{}(AnySystem(test::NonlinearToy{}), 1.0);
  stepper->reset(0.0, Eigen::Vector2d(1.0, not_a_number));
  CHECK_THAT(failure(*stepper, 1.0), Contains("start at t = 0") && Contains("x[1]"));
}

TEST_CASE("a step that is lost in rounding is an error", "[solvers][failure]") {
  const auto system = lambda_system(1, [](In, Out f, double) { f[0] = 1.0; });
  for (const auto& s : test::all_solvers(1e-6, 0.01)) {
    CAPTURE(s.name);
    const auto stepper = s.make(system, 1.0);
    stepper->reset(1e17, Vec::Zero(1));  // neighbouring doubles are 16 apart
    try {
      test::advance(*stepper, 1e17 + 1600.0, 10000);
      CHECK(stepper->time() == 1e17 + 1600.0);  // adaptive methods may find steps that are not lost
    } catch (const SolveError& e) {
      CHECK_THAT(e.what(), Contains("lost in rounding") || Contains("fell below"));
    }
  }
}
