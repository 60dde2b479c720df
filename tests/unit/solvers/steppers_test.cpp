// What every stepper promises: it lands on the end, resumes to the same bits, allocates nothing in
// a step, and works in any dimension.
#include <support/catch.hpp>
#include <support/malloc_count.hpp>
#include <support/solver_toys.hpp>

#include <thalweg/solvers/catalogue.hpp>

using namespace thalweg;
using test::NonlinearToy;

TEST_CASE("every solver of the catalogue is here and says what it does", "[solvers]") {
  std::vector<std::string> tested;
  for (const auto& s : test::all_solvers(1e-6, 0.01)) tested.push_back(s.name);
  for (const auto& s : test::mechanical_solvers(0.01)) tested.push_back(s.name);
  auto listed = solvers().names();
  std::sort(tested.begin(), tested.end());
  std::sort(listed.begin(), listed.end());
  CHECK(tested == listed);
  for (const auto& s : test::all_solvers(1e-6, 0.01)) {
    const auto stepper = s.make(AnySystem(NonlinearToy{}), 1.0);
    CHECK(stepper->info().name == s.name);
    CHECK_THAT(stepper->info().description, Catch::Matchers::Contains(s.name));
    if (stepper->info().adaptive)
      CHECK_THAT(stepper->info().description,
                 Catch::Matchers::Contains("rtol 1e-06, atol 1e-06, RMS norm, PI control"));
    else
      CHECK_THAT(stepper->info().description, Catch::Matchers::Contains("dt 0.01"));
  }
}

TEST_CASE("the defaults are rtol 1e-6 and atol 1e-9", "[solvers]") {
  const auto stepper = Automatic{}(AnySystem(NonlinearToy{}), 1.0);
  CHECK_THAT(stepper->info().description, Catch::Matchers::Contains("rtol 1e-06, atol 1e-09"));
  const auto tighter = Automatic{}(AnySystem(NonlinearToy{}), 0.1);
  CHECK_THAT(tighter->info().description, Catch::Matchers::Contains("rtol 1e-07, atol 1e-10"));
}

TEST_CASE("every end time is reached exactly", "[solvers]") {
  // x' = 1 to T = 0.37 i with first step T/100: end times on which odeint's driver loops for ever.
  const auto system = test::lambda_system(1, [](In, Out f, double) { f[0] = 1.0; });
  for (int i = 1; i <= 82; ++i) {
    const double T = 0.37 * i;
    for (const auto& s : test::all_solvers(1e-6, T / 100.0)) {
      const auto stepper = s.make(system, 1.0);
      for (const double t0 : {0.0, -3.25}) {
        CAPTURE(s.name, T, t0);
        stepper->reset(t0, Vec::Zero(1));
        test::advance(*stepper, t0 + T, 1000);
        REQUIRE(stepper->time() == t0 + T);
        REQUIRE(stepper->state()[0] == Approx(T).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("fixed steps stay on their grid and shorten only the last", "[solvers]") {
  Euler s;
  s.dt = 0.3;
  const auto system = test::lambda_system(1, [](In, Out f, double t) { f[0] = t; });
  const auto stepper = s(system, 1.0);
  stepper->reset(0.0, Vec::Zero(1));
  std::vector<double> t;
  while (stepper->time() < 1.0) {
    stepper->step(1.0);
    t.push_back(stepper->time());
  }
  CHECK(t == std::vector<double>{1 * 0.3, 2 * 0.3, 3 * 0.3, 1.0});

  s.dt = 0.1;  // 3000 steps of 0.1: no step lost or doubled by rounding
  const auto fine = s(system, 1.0);
  fine->reset(0.0, Vec::Zero(1));
  int n = 0;
  for (; fine->time() < 300.0; ++n) fine->step(300.0);
  CHECK(n == 3000);
}

TEST_CASE("a resumed stepper goes on to the same bits", "[solvers][restart]") {
  // Stiff after the start, so that auto switches to rkc2 during the run.
  const AnySystem stiff{test::StiffTracking{Vec::LinSpaced(20, 1.0, 300.0)}};
  const AnySystem toy{NonlinearToy{}};
  for (const auto* system : {&stiff, &toy}) {
    const double t_end = 3.0;
    for (const auto& s : test::all_solvers(1e-6, 0.003)) {
      const auto whole = s.make(*system, 1.0);
      REQUIRE(whole->info().restart == Restart::bitwise);
      const Vec start = Vec::Ones(system->dim());
      for (const int stop_after : {0, 1, 2, 3, 7, 20, 41, 90, 150}) {
        CAPTURE(s.name, stop_after, system->dim());
        whole->reset(0.0, start);
        int tries = 0;
        while (whole->time() < t_end && tries < stop_after) tries += whole->step(t_end).accepted;
        Archive archive;
        whole->save(archive, "a.");
        const auto resumed = s.make(*system, 1.0);
        resumed->load(archive, "a.");
        REQUIRE(resumed->time() == whole->time());
        // Values inside the last step survive as well.
        Vec x(start.size()), y(start.size());
        const double middle = 0.3 * whole->previous_time() + 0.7 * whole->time();
        resumed->interpolate(middle, y);
        whole->interpolate(middle, x);
        REQUIRE(x == y);
        while (whole->time() < t_end) {
          const auto a = whole->step(t_end), b = resumed->step(t_end);
          REQUIRE(a.accepted == b.accepted);
          REQUIRE(a.dt_used == b.dt_used);
        }
        CHECK(resumed->time() == t_end);
        CHECK(whole->state() == resumed->state());
        CHECK(whole->method() == resumed->method());
      }
    }
  }
}

TEST_CASE("stages that a restart recomputes are not counted twice", "[solvers][restart]") {
  const auto system = AnySystem(NonlinearToy{});
  const auto stepper = Dopri5{}(system, 1.0);
  stepper->reset(0.0, NonlinearToy::solution(0.0));
  for (int i = 0; i < 5; ++i) stepper->step(3.0);
  Archive archive;
  stepper->save(archive, "");
  stepper->load(archive, "");
  const auto before = system.counts().rhs;
  Vec x(2);
  stepper->interpolate(0.5 * (stepper->time() + stepper->previous_time()), x);
  CHECK(system.counts().rhs == before);
}

TEST_CASE("a step allocates nothing", "[solvers]") {
  const AnySystem system{test::StiffTracking{Vec::LinSpaced(50, 1.0, 300.0)}};
  for (const auto& s : test::all_solvers(1e-6, 0.003)) {
    CAPTURE(s.name);
    const auto stepper = s.make(system, 1.0);
    stepper->reset(0.0, Vec::Zero(50));
    Vec x(50);
    const auto look_inside = [&] {
      stepper->interpolate(0.5 * (stepper->time() + stepper->previous_time()), x);
    };
    // odeint marks its workspaces as sized in the first call of each kind.
    stepper->step(100.0);
    look_inside();
    const auto before = test::malloc_count();
    for (int i = 0; i < 12; ++i) {
      stepper->step(100.0);
      look_inside();
    }
    CHECK(test::malloc_count() == before);
  }
}

TEST_CASE("one unknown and a hundred thousand", "[solvers]") {
  for (const Index n : {Index{1}, Index{100'000}}) {
    const AnySystem system{test::StiffTracking{Vec::LinSpaced(n, 0.5, 2.0)}};
    for (const auto& s : test::all_solvers(1e-6, 0.01)) {
      if (s.name == "rosenbrock" && n > RosenbrockMethod::most_unknowns) continue;
      CAPTURE(s.name, n);
      const auto stepper = s.make(system, 1.0);
      stepper->reset(0.0, Vec::Ones(n));
      test::advance(*stepper, 0.5);
      // Euler's error is dt/2 * |x''| * t at most.
      const double bound = s.name == "euler" ? 5e-3 : 2e-5;
      CHECK((stepper->state().array() - std::cos(0.5)).abs().maxCoeff() < bound);
    }
  }
}

TEST_CASE("euler with the learning rate as step is gradient descent, to the last bit",
          "[solvers]") {
  Euler s;
  s.dt = 0.1;
  const AnySystem system{test::StiffTracking{Vec::LinSpaced(5, 1.0, 9.0)}};
  const auto stepper = s(system, 1.0);
  Vec x = Vec::Ones(5), f(5);
  stepper->reset(0.0, x);
  for (int n = 0; n < 50; ++n) {
    stepper->step(5.0);
    system.rhs(x, f, n * 0.1);
    x = x + 0.1 * f;
    REQUIRE(stepper->state() == x);
  }
  CHECK(stepper->time() == 5.0);
}
