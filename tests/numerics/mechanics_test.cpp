// Methods that keep the structure of second-order motions: orders, energies over long times,
// volumes, reversibility, conserved charges, agreement with Boost.Odeint's McLachlan stepper.
#include <support/catch.hpp>
#include <support/reference_motion.hpp>
#include <support/run_helpers.hpp>
#include <support/solver_toys.hpp>

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <boost/numeric/odeint/stepper/symplectic_rkn_sb3a_mclachlan.hpp>
#include <thalweg/models/dynamics/damped_momentum.hpp>
#include <thalweg/models/potentials/double_well.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>
#include <thalweg/models/systems/harmonic.hpp>

using namespace thalweg;

namespace {

AnySystem particle(const AnyPotential& potential, double mass, double friction) {
  return *DampedMomentum{.mass = mass, .friction = friction}(potential).system();
}

std::unique_ptr<Stepper> make(const std::string& name, const AnySystem& system, double dt) {
  for (const auto& s : test::mechanical_solvers(dt))
    if (s.name == name) return s.make(system, 1.0);
  throw ModelError("no such solver");
}

double slope(const std::vector<double>& x, const std::vector<double>& y) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    sx += x[i], sy += y[i], sxx += x[i] * x[i], sxy += x[i] * y[i];
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

// One step of size dt from x.
Vec one_step(const std::string& name, const AnySystem& system, const Vec& x, double dt) {
  const auto stepper = make(name, system, dt);
  stepper->reset(0.0, x);
  stepper->step(10.0 * dt);
  return stepper->state();
}

}  // namespace

TEST_CASE("methods for second-order motions have their order, at nodes and inside steps",
          "[solvers][mechanics][order]") {
  const Vec start{{1.4, 0.3, 0.2, -0.5}};
  constexpr double t_end = 2.0;
  for (const auto& s : test::mechanical_solvers(0.01)) {
    const int order = s.name == "mclachlan4" ? 4 : 2;
    const auto system =
        particle(AnyPotential(DoubleWell{2}), 0.8, test::takes_friction(s) ? 0.7 : 0.0);
    std::vector<double> log_h, log_error, log_inside;
    for (const int n : {40, 80, 160, 320}) {
      const double h = t_end / n;
      const auto stepper = make(s.name, system, h);
      stepper->reset(0.0, start);
      Vec exact = start, x(4);  // Runge-Kutta 4 with 10 substeps: an error 1e4 times smaller
      double inside = 0.0;
      while (stepper->time() < t_end) {
        const Vec before = exact;
        stepper->step(t_end);
        exact = test::integrate(system, before, h, 10);
        for (const double part : {0.3, 0.7}) {
          stepper->interpolate(stepper->previous_time() + part * h, x);
          inside = std::max(inside, (x - test::integrate(system, before, part * h, 10)).norm());
        }
      }
      log_h.push_back(std::log(h));
      log_error.push_back(std::log((stepper->state() - exact).norm()));
      log_inside.push_back(std::log(inside));
    }
    CAPTURE(s.name, log_error, log_inside);
    CHECK(std::abs(slope(log_h, log_error) - order) < 0.1);
    CHECK(std::abs(slope(log_h, log_inside) - order) < 0.2);
  }
}

TEST_CASE("the damped oscillator has its known numbers", "[solvers][mechanics]") {
  // m = 1, gamma = 0.2, k = 1, x(0) = 1 at rest; digits from the closed form in 30 digits.
  const AnySystem spring(Harmonic{.damping = 0.2});
  const AnySystem one = particle(AnyPotential(Quadratic(Vec::Ones(1))), 1.0, 0.2);
  Dopri5 dopri5;
  dopri5.rtol = dopri5.atol = 1e-12;
  for (const auto* system : {&spring, &one}) {
    const auto stepper = dopri5(*system, 1.0);
    stepper->reset(0.0, Vec::Unit(2, 0));
    test::advance(*stepper, 1.0);
    CHECK(stepper->state()[0] == Approx(0.568971890946).epsilon(0.0).margin(1e-11));
    test::advance(*stepper, 10.0);
    CHECK(stepper->state()[0] == Approx(-0.33685168059).epsilon(0.0).margin(1e-11));
    CHECK(*system->energy(stepper->state()) == Approx(0.0739110429071).epsilon(0.0).margin(1e-11));
  }
  // Second-order methods with dt = 1e-3: errors of dt^2 t / 24 and the like.
  for (const char* name : {"conformal_verlet", "implicit_midpoint", "discrete_gradient"}) {
    const auto stepper = make(name, one, 1e-3);
    stepper->reset(0.0, Vec::Unit(2, 0));
    test::advance(*stepper, 10.0);
    CHECK(stepper->state()[0] == Approx(-0.33685168059).epsilon(0.0).margin(1e-6));
  }
}

TEST_CASE("Verlet's energy error stays bounded and has no slope over a million steps",
          "[solvers][mechanics]") {
  // Above the barrier of the double well (E > 1/4), omega < 3: the error oscillates with h^2.
  const auto system = particle(AnyPotential(DoubleWell{}), 1.0, 0.0);
  constexpr int steps = 1'000'000, block = 10'000;
  const auto stepper = make("velocity_verlet", system, 0.05);
  const Vec start{{1.6, 0.0}};
  stepper->reset(0.0, start);
  const double E0 = *system.energy(start);
  double worst = 0.0;
  std::vector<double> when, mean;
  for (int b = 0; b < steps / block; ++b) {
    double sum = 0.0;
    for (int i = 0; i < block; ++i) {
      stepper->step(1e9);
      const double error = *system.energy(stepper->state()) - E0;
      worst = std::max(worst, std::abs(error));
      sum += error;
    }
    when.push_back((b + 0.5) * block);
    mean.push_back(sum / block);
  }
  CHECK(worst < 5e-3 * E0);
  CHECK(worst > 1e-5 * E0);                    // it is seen at all
  CHECK(std::abs(slope(when, mean)) < 1e-12);  // per step
}

TEST_CASE("symplectic methods keep a modified energy of the harmonic oscillator",
          "[solvers][mechanics]") {
  // Verlet conserves m v^2 / 2 + k (1 - h^2 omega^2 / 4) q^2 / 2 exactly, the midpoint rule and the
  // discrete gradient the energy itself.
  const double h = 0.3, k = 2.0, m = 0.7;
  const AnySystem spring(Harmonic{.mass = m, .stiffness = k});
  for (const char* name : {"velocity_verlet", "implicit_midpoint", "discrete_gradient"}) {
    const double reduced =
        std::string(name) == "velocity_verlet" ? k * (1.0 - h * h * k / m / 4.0) : k;
    const auto energy = [&](const Vec& x) {
      return 0.5 * (m * x[1] * x[1] + reduced * x[0] * x[0]);
    };
    const auto stepper = make(name, spring, h);
    const Vec start{{1.0, -0.4}};
    stepper->reset(0.0, start);
    test::advance(*stepper, 3000.0);
    CAPTURE(name);
    // 10^4 steps: rounding adds up to less than 1e-12.
    CHECK(energy(stepper->state()) == Approx(energy(start)).epsilon(1e-12));
  }
}

TEST_CASE("the energy balance of the discrete gradient is exact", "[solvers][mechanics]") {
  // E1 - E0 = -h gamma |(v0 + v1) / 2|^2 in every step of any size; the midpoint rule has h^3.
  const auto system = particle(AnyPotential(Rosenbrock{6, 1.0, 3.0}), 1.4, 0.3);
  const auto worst = [&](const char* name, double h) {
    const auto stepper = make(name, system, h);
    Vec x = Vec::Constant(12, 0.2);
    x[0] = -1.0;
    const double E0 = *system.energy(x);
    stepper->reset(0.0, x);
    double most = 0.0;
    for (int i = 0; i < 300; ++i) {
      x = stepper->state();
      stepper->step(1e9);
      const Vec& y = stepper->state();
      const double lost = h * 0.3 * (0.5 * (x + y)).tail(6).squaredNorm();
      most = std::max(most, std::abs(*system.energy(y) - *system.energy(x) + lost));
    }
    return most / E0;
  };
  CHECK(worst("discrete_gradient", 0.05) < 1e-13);
  CHECK(worst("discrete_gradient", 0.1) < 1e-13);
  CHECK(worst("implicit_midpoint", 0.05) > 1e-7);
}

TEST_CASE("implicit methods take steps far above the period of the stiffest mode",
          "[solvers][mechanics]") {
  // The midpoint rule turns (omega q, v) by 2 atan(h omega / 2) a step: h omega = 100 and 0.1. For
  // a quadratic the discrete gradient is the same rule.
  const double h = 0.1;
  const Vec omega{{1000.0, 1.0}};
  const auto springs = particle(AnyPotential(Quadratic(omega.cwiseAbs2())), 1.0, 0.0);
  for (const char* name : {"implicit_midpoint", "discrete_gradient"}) {
    const auto stepper = make(name, springs, h);
    stepper->reset(0.0, Vec{{1.0, 1.0, 0.0, 0.0}});
    for (int n = 1; n <= 100; ++n) {
      stepper->step(1e9);
      for (Index i = 0; i < 2; ++i) {
        const double angle = n * 2.0 * std::atan(0.5 * h * omega[i]);
        CAPTURE(name, n, i);
        // Rounding of the force, eps omega^2 |q|, and of L, eps L / |q|, adds up over the steps.
        REQUIRE(stepper->state()[i] == Approx(std::cos(angle)).epsilon(0.0).margin(1e-9));
      }
    }
  }
  // Nonlinear, with a period of 0.04: the balance stays exact.
  const auto light = particle(AnyPotential(DoubleWell{3}), 1e-4, 0.01);
  const auto stepper = make("discrete_gradient", light, 0.05);
  Vec x{{1.2, -0.9, 1.05, 0.0, 0.0, 0.0}};
  const double E0 = *light.energy(x);
  stepper->reset(0.0, x);
  double worst = 0.0;
  for (int i = 0; i < 200; ++i) {
    x = stepper->state();
    stepper->step(1e9);
    const double lost = 0.05 * 0.01 * (0.5 * (x + stepper->state())).tail(3).squaredNorm();
    worst = std::max(worst, std::abs(*light.energy(stepper->state()) - *light.energy(x) + lost));
  }
  CHECK(worst < 1e-13 * E0);
  CHECK(*light.energy(stepper->state()) < 0.9 * E0);
}

TEST_CASE("conformal Verlet shrinks volumes by exp(-gamma d h / m) exactly",
          "[solvers][mechanics]") {
  const double m = 1.7, gamma = 0.9, h = 0.13;
  const auto determinant = [&](const std::string& name, const AnySystem& system, const Vec& x,
                               double difference) {
    const Index n = x.size();
    Mat J(n, n);
    for (Index j = 0; j < n; ++j) {
      const Vec e = difference * Vec::Unit(n, j);
      J.col(j) = (one_step(name, system, x + e, h) - one_step(name, system, x - e, h)) /
                 (2.0 * difference);
    }
    return J.determinant();
  };
  // Linear: differences are exact. Nonlinear: central ones, error 1e-10.
  const AnyPotential bowl(Quadratic(Vec{{0.5, 1.0, 3.0}}, 3)), valley(Rosenbrock{3, 1.0, 2.0});
  const Vec x{{0.4, -0.3, 0.9, 0.2, 0.1, -0.6}};
  const double contraction = std::exp(-gamma * 3 * h / m);
  CHECK(determinant("conformal_verlet", particle(bowl, m, gamma), x, 1.0) ==
        Approx(contraction).epsilon(1e-13));
  CHECK(determinant("conformal_verlet", particle(valley, m, gamma), x, 1e-5) ==
        Approx(contraction).epsilon(1e-8));
  for (const char* name : {"velocity_verlet", "mclachlan4", "implicit_midpoint"})
    CHECK(determinant(name, particle(valley, m, 0.0), x, 1e-5) == Approx(1.0).epsilon(1e-8));
}

TEST_CASE("methods without friction are reversible", "[solvers][mechanics]") {
  const auto system = particle(AnyPotential(DoubleWell{2}), 1.0, 0.0);
  const Vec start{{1.3, -0.2, 0.4, 0.9}};
  for (const auto& s : test::mechanical_solvers(0.05)) {
    CAPTURE(s.name);
    const auto stepper = s.make(system, 1.0);
    stepper->reset(0.0, start);
    for (int i = 0; i < 200; ++i) stepper->step(1e9);
    Vec back = stepper->state();
    back.tail(2) *= -1.0;
    stepper->reset(0.0, back);
    for (int i = 0; i < 200; ++i) stepper->step(1e9);
    back = stepper->state();
    back.tail(2) *= -1.0;
    // Rounding of 400 steps of a motion that stretches by e^2 or so.
    CHECK((back - start).norm() < 1e-12);
  }
}

TEST_CASE("McLachlan's method takes Boost.Odeint's steps", "[solvers][mechanics][peer]") {
  using State = std::array<double, 2>;
  boost::numeric::odeint::symplectic_rkn_sb3a_mclachlan<State> theirs;
  const AnyPotential well(DoubleWell{2});
  const auto force = [&](const State& q, State& f) {
    f = {q[0] - q[0] * q[0] * q[0], q[1] - q[1] * q[1] * q[1]};
  };
  std::pair<State, State> x{{1.3, -0.2}, {0.4, 0.9}};
  const auto ours = make("mclachlan4", particle(well, 1.0, 0.0), 0.05);
  ours->reset(0.0, Vec{{1.3, -0.2, 0.4, 0.9}});
  for (int i = 0; i < 100; ++i) {
    theirs.do_step(force, x, 0.0, 0.05);
    ours->step(1e9);
  }
  const Vec expected{{x.first[0], x.first[1], x.second[0], x.second[1]}};
  CHECK((ours->state() - expected).norm() < 1e-13);
}

TEST_CASE("the energy balance of a run closes, to second order with conformal Verlet",
          "[run][mechanics]") {
  // |E(t) - E(0) + int gamma |v|^2| / E(0), the integral on the dense output.
  const auto residual = [](const std::string& solver) {
    const TemporaryDirectory tmp;
    run_text("solver = " + solver + R"(
[model]
name = "rosenbrock"
dim = 4
b = 2.0
[start]
state = [-1.2, 1.0, -0.5, 0.8, 0.3, 0.1, -0.7, 0.4]
[dynamics]
name = "damped_momentum"
mass = 1.4
friction = 0.3
[time]
end = 10.0
[output]
report = false
[[record]]
name = "a"
what = ["loss", "energy_balance"]
when = { count = 11 }
)",
             tmp.file("run"));
    const auto all = read_back(tmp.file("run"), "/series/a/energy_balance");
    return *std::max_element(all.begin(), all.end());
  };
  CHECK(residual("{ name = \"dopri5\", rtol = 1e-10, atol = 1e-12 }") < 1e-9);
  CHECK(residual("{ name = \"fehlberg78\", rtol = 1e-11, atol = 1e-13 }") < 1e-9);
  const double coarse = residual("{ name = \"conformal_verlet\", dt = 0.02 }");
  const double fine = residual("{ name = \"conformal_verlet\", dt = 0.01 }");
  CAPTURE(coarse, fine);
  CHECK(std::abs(std::log2(coarse / fine) - 2.0) < 0.1);
}

TEST_CASE("a solver that does not fit the motion is told with its place", "[run][error]") {
  const auto complaint = complaint_about(R"(
model = { name = "quadratic" }
dynamics = { name = "damped_momentum" }
time.end = 1.0
[solver]
name = "velocity_verlet"
)");
  CHECK_THAT(complaint, Catch::Contains("run.toml:5:1: solver: velocity_verlet is for motions "
                                        "without friction, which here is 0.1"));
}
