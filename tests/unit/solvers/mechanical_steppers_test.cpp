// What the methods for second-order motions promise beside their order: they land on the end,
// resume to the same bits, look inside steps passively, allocate nothing, refuse what is not
// mechanical.
#include <support/catch.hpp>
#include <support/malloc_count.hpp>
#include <support/solver_toys.hpp>

#include <thalweg/models/dynamics/damped_momentum.hpp>
#include <thalweg/models/dynamics/gradient_flow.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>

using namespace thalweg;

namespace {

AnySystem particle(double friction, Index dim = 4) {
  const Motion motion =
      DampedMomentum{.mass = 1.3, .friction = friction}(AnyPotential(Rosenbrock{dim, 1.0, 2.0}));
  return *motion.system();
}
AnySystem for_solver(const test::NamedSolver& s, Index dim = 4) {
  return particle(test::takes_friction(s) ? 0.4 : 0.0, dim);
}

Vec start(const AnySystem& system) {
  Vec x = Vec::Constant(system.dim(), 0.3);
  x[0] = -1.2;
  return x;
}

// A mechanical system of odd dimension, or without a potential energy.
struct Odd {
  Index n = 3;
  [[nodiscard]] Index dim() const { return n; }
  void rhs(In x, Out dxdt, double) const { dxdt = x; }
  [[nodiscard]] Mechanics mechanics() const { return {}; }
  void force(In q, Out f) const { f = -q; }
};

struct Spring {
  [[nodiscard]] Index dim() const { return 2; }
  void rhs(In x, Out dxdt, double) const { dxdt << x[1], -100.0 * x[0]; }
  [[nodiscard]] Mechanics mechanics() const { return {}; }
  void force(In q, Out f) const { f = -100.0 * q; }
  [[nodiscard]] double potential_energy(In q) const { return 50.0 * q.squaredNorm(); }
};

}  // namespace

TEST_CASE("methods for second-order motions land on the end and shorten only the last step",
          "[solvers][mechanics]") {
  for (const auto& s : test::mechanical_solvers(0.03)) {
    CAPTURE(s.name);
    const auto system = for_solver(s);
    const auto stepper = s.make(system, 1.0);
    CHECK(stepper->info().name == s.name);
    CHECK_THAT(stepper->info().description, Catch::Matchers::Contains("fixed step dt 0.03"));
    stepper->reset(0.0, start(system));
    int steps = 0;
    for (; stepper->time() < 1.0; ++steps) stepper->step(1.0);
    CHECK(stepper->time() == 1.0);
    CHECK(steps == 34);
    CHECK(s.make(system, 0.1)->next_step_size() == Approx(0.003));
  }
}

TEST_CASE("methods for second-order motions resume to the same bits and the same counts",
          "[solvers][mechanics][restart]") {
  for (const auto& s : test::mechanical_solvers(0.03))
    for (const int stop_after : {0, 1, 2, 7})
      for (const bool look_before : {false, true}) {
        CAPTURE(s.name, stop_after, look_before);
        const auto system = for_solver(s), other = for_solver(s);
        const auto whole = s.make(system, 1.0), resumed = s.make(other, 1.0);
        Vec x(8), y(8);
        const auto middle = [&] { return 0.3 * whole->previous_time() + 0.7 * whole->time(); };
        whole->reset(0.0, start(system));
        for (int i = 0; i < stop_after; ++i) whole->step(1.0);
        if (look_before) whole->interpolate(middle(), x);
        Archive archive;
        whole->save(archive, "a.");
        other.set_counts(system.counts());
        resumed->load(archive, "a.");
        whole->interpolate(middle(), x);
        resumed->interpolate(middle(), y);
        REQUIRE(x == y);
        while (whole->time() < 1.0) {
          whole->step(1.0);
          resumed->step(1.0);
        }
        CHECK(whole->state() == resumed->state());
        CHECK(system.counts().rhs == other.counts().rhs);
        CHECK(system.potential()->counts().gradients == other.potential()->counts().gradients);
        CHECK(system.potential()->counts().values == other.potential()->counts().values);
      }
}

TEST_CASE("looking inside steps of second-order motions does not change them",
          "[solvers][mechanics][property]") {
  for (const auto& s : test::mechanical_solvers(0.03)) {
    CAPTURE(s.name);
    const auto system = for_solver(s);
    const auto plain = s.make(system, 1.0), watched = s.make(system, 1.0);
    Vec x(8), before(8), rate(8);
    for (auto* p : {plain.get(), watched.get()}) p->reset(0.0, start(system));
    while (plain->time() < 2.0) {
      before = watched->state();
      plain->step(2.0);
      watched->step(2.0);
      const double t0 = watched->previous_time(), t1 = watched->time();
      for (const double f : {0.9, 0.1, 0.5}) watched->interpolate(t0 * (1.0 - f) + t1 * f, x);
      watched->interpolate(t0, x);
      REQUIRE(x == before);
      watched->interpolate(t1, x);
      REQUIRE(x == watched->state());
      // Continuous at the joins: values a relative 1e-12 of the step inside differ by the motion
      // over that distance, and rounding.
      system.rhs(watched->state(), rate, t1);
      watched->interpolate(t1 - 1e-12 * (t1 - t0), x);
      REQUIRE((x - watched->state()).norm() < 2e-12 * (t1 - t0) * rate.norm() + 1e-14);
    }
    CHECK(plain->state() == watched->state());
  }
}

TEST_CASE("a step of a second-order motion allocates nothing", "[solvers][mechanics]") {
  for (const auto& s : test::mechanical_solvers(0.01)) {
    CAPTURE(s.name);
    const auto system = for_solver(s, 40);
    const auto stepper = s.make(system, 1.0);
    stepper->reset(0.0, start(system));
    Vec x(80);
    const auto look_inside = [&] {
      stepper->interpolate(0.5 * (stepper->time() + stepper->previous_time()), x);
    };
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

TEST_CASE("Verlet needs one force a step, McLachlan's method five", "[solvers][mechanics]") {
  const auto forces = [](const char* name, std::int64_t steps) {
    for (const auto& s : test::mechanical_solvers(0.01))
      if (s.name == name) {
        const auto system = for_solver(s);
        const auto stepper = s.make(system, 1.0);
        stepper->reset(0.0, start(system));
        for (std::int64_t i = 0; i < steps; ++i) stepper->step(100.0);
        return system.potential()->counts().gradients;
      }
    return std::int64_t{-1};
  };
  CHECK(forces("velocity_verlet", 20) == 21);
  CHECK(forces("conformal_verlet", 20) == 21);
  CHECK(forces("mclachlan4", 20) == 100);
}

TEST_CASE("methods for second-order motions refuse others and say what to use",
          "[solvers][mechanics][error]") {
  const AnySystem flow = *GradientFlow{}(AnyPotential(Rosenbrock{})).system();
  for (const auto& s : test::mechanical_solvers(0.01)) {
    if (s.name == "implicit_midpoint") continue;  // for any system
    CHECK_THROWS_WITH(s.make(flow, 1.0), Catch::Contains(s.name + " needs a second-order motion") &&
                                             Catch::Contains("damped_momentum"));
    CHECK_THROWS_WITH(s.make(AnySystem(Odd{}), 1.0), Catch::Contains("has 3 unknowns"));
    if (!test::takes_friction(s))
      CHECK_THROWS_WITH(s.make(particle(0.25), 1.0),
                        Catch::Contains("friction, which here is 0.25") &&
                            Catch::Contains("use conformal_verlet"));
  }
  CHECK_THROWS_WITH(DiscreteGradient{}(AnySystem(Odd{4}), 1.0),
                    Catch::Contains("add potential_energy(q)"));
}

TEST_CASE("an implicit step that is too large is an error that says so",
          "[solvers][mechanics][failure]") {
  // omega = 10: the iteration contracts by (omega dt)^2 / 4 < 1 for dt < 0.2, and there are no
  // Jacobian products for Newton's.
  const AnySystem spring(Spring{});
  for (const auto& s : test::mechanical_solvers(0.3)) {
    if (s.name != "implicit_midpoint" && s.name != "discrete_gradient") continue;
    const auto stepper = s.make(spring, 1.0);
    stepper->reset(0.0, Vec::Ones(2));
    CHECK_THROWS_WITH(stepper->step(1.0), Catch::Contains(s.name) &&
                                              Catch::Contains("does not converge") &&
                                              Catch::Contains("lower solver.dt = 0.3") &&
                                              Catch::Contains("or offer jvp"));
    CHECK(stepper->state() == Vec::Ones(2));
  }
}
