// The implicit methods on stiff problems: damping, order where the stiff part is forced, work
// against rkc2 and CVODE, negative curvature, counts.
#include <support/catch.hpp>
#include <support/gradient_flow_problems.hpp>
#include <support/solver_toys.hpp>
#ifdef THALWEG_HAS_CVODE
#include <support/cvode_peer.hpp>
#endif

#include <thalweg/core/model.hpp>
#include <thalweg/models/dynamics/gradient_flow.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

template <class S>
Vec integrate(S s, const AnySystem& system, const Vec& start, double t_end, double tolerance) {
  s.rtol = s.atol = tolerance;
  const auto stepper = s(system, 1.0);
  stepper->reset(0.0, start);
  test::advance(*stepper, t_end, 100'000);
  return stepper->state();
}

double statistic(const Stepper& stepper, const std::string& name) {
  for (const auto& [key, value] : stepper.statistics())
    if (key == name) return value;
  return -1.0;
}

// Van der Pol's oscillator with its Jacobian.
struct StiffVanDerPol : test::VanDerPol {
  void jvp(In x, In v, Out Jv, double) const {
    Jv[0] = v[1];
    Jv[1] = (-2.0 * mu * x[0] * x[1] - 1.0) * v[0] + mu * (1.0 - x[0] * x[0]) * v[1];
  }
};

// L = (1000 a^2 - b^2)/2 + b^4/4: a saddle at 0, minima at b = +-1.
struct Saddle {
  Index dim() const { return 2; }
  bool is_gradient_flow() const { return true; }
  void rhs(In x, Out f, double) const {
    f[0] = -1000.0 * x[0];
    f[1] = x[1] - x[1] * x[1] * x[1];
  }
  void jvp(In x, In v, Out Jv, double) const {
    Jv[0] = -1000.0 * v[0];
    Jv[1] = (1.0 - 3.0 * x[1] * x[1]) * v[1];
  }
};

}  // namespace

TEST_CASE("one huge step damps what is stiff", "[solvers][implicit]") {
  // h lambda = 1e8: an L-stable method leaves next to nothing, a merely A-stable one about 1.
  const AnySystem decay{test::QuadraticFlow(Vec::Constant(3, 1e8), {})};
  const auto check = [&](auto s) {
    s.rtol = 0.5;
    s.atol = 1e3;  // no error test, and the step stays 1
    s.dt0 = s.dt_max = 1.0;
    if constexpr (requires { s.newton_tolerance; }) s.newton_tolerance = 1e-9;
    const auto stepper = s(decay, 1.0);
    stepper->reset(0.0, Vec::Ones(3));
    stepper->step(1.0);
    CHECK(stepper->time() == 1.0);
    CHECK(stepper->state().norm() < 1e-5);
  };
  check(Sdirk{});
  check(RosenbrockMethod{});
}

TEST_CASE("a stiff part that follows a slow one costs steps of the slow one",
          "[solvers][implicit]") {
  // Prothero and Robinson: x' = -1e6 (x - cos t) - sin t.
  const AnySystem system{test::StiffTracking{Vec::Constant(1, 1e6)}};
  const auto check = [&](auto s) {
    s.rtol = s.atol = 1e-6;
    const auto stepper = s(system, 1.0);
    stepper->reset(0.0, Vec::Ones(1));
    int steps = 0;
    for (; stepper->time() < 10.0; ++steps) stepper->step(10.0);
    CAPTURE(stepper->info().name, steps);
    CHECK(stepper->state()[0] == Approx(std::cos(10.0)).epsilon(0.0).margin(1e-5));
    CHECK(steps < 300);  // dopri5 takes 3e6
  };
  check(Sdirk{});
  check(RosenbrockMethod{});
}

TEST_CASE("van der Pol's oscillator with mu = 1000", "[solvers][implicit]") {
  // Reference: Hairer, Wanner, Solving ODEs II, IV.10, in t/mu; here in t, on the slow branch,
  // where x - x^3/3 ... is smooth; both methods against each other and, below, against CVODE.
  const AnySystem exact{StiffVanDerPol{{1000.0}}}, bare{test::VanDerPol{1000.0}};
  const Vec start = Eigen::Vector2d(2.0, 0.0);
  const Vec a = integrate(RosenbrockMethod{}, exact, start, 2000.0, 1e-8);
  const Vec b = integrate(RosenbrockMethod{}, bare, start, 2000.0, 1e-8);
  const Vec c = integrate(Sdirk{}, exact, start, 2000.0, 1e-8);
  // Published for T = 2000: 1.7061677321170482 (Test Set for IVP Solvers, vdpol with mu = 1e3).
  for (const Vec& x : {a, b, c}) CHECK(x[0] == Approx(1.7061677321170482).epsilon(1e-5));
#ifdef THALWEG_HAS_CVODE
  // At each tolerance no worse than ten times the peer: a multistep and two one-step methods differ
  // by such factors, a Newton iteration that stops too early by a hundred.
  for (const double tolerance : {1e-4, 1e-5, 1e-6, 1e-7}) {
    const auto error = [](const Vec& x) { return std::abs(x[0] - 1.7061677321170482); };
    const double of_peer = error(test::cvode_solution(exact, start, 2000.0, tolerance));
    CAPTURE(tolerance, of_peer);
    CHECK(error(integrate(Sdirk{}, exact, start, 2000.0, tolerance)) < 10.0 * of_peer);
    CHECK(error(integrate(RosenbrockMethod{}, exact, start, 2000.0, tolerance)) < 10.0 * of_peer);
  }
  const Vec peer = test::cvode_solution(exact, start, 2000.0, 1e-10);
  CHECK((a - peer).norm() < 1e-5);
  CHECK((c - peer).norm() < 1e-5);
#endif
  CHECK_THAT(RosenbrockMethod{}(bare, 1.0)->info().description, Contains("differences"));
  CHECK_THAT(RosenbrockMethod{}(exact, 1.0)->info().description, Contains("exact products"));
}

TEST_CASE("rosenbrock refuses what is too large for a dense Jacobian", "[solvers][implicit]") {
  const AnySystem large{test::StiffTracking{Vec::Ones(201)}};
  CHECK_THROWS_AS(RosenbrockMethod{}(large, 1.0), ModelError);
  CHECK_THROWS_WITH(RosenbrockMethod{}(large, 1.0), Contains("201 unknowns") && Contains("sdirk"));
}

TEST_CASE("a step beyond what negative curvature allows is cut and reported",
          "[solvers][implicit]") {
  Sdirk s;
  s.rtol = s.atol = 1e-6;
  s.dt0 = 50.0;  // h gamma > 10: 1 - h gamma < 0 in the direction of b
  const auto stepper = s(AnySystem(Saddle{}), 1.0);
  stepper->reset(0.0, Eigen::Vector2d(1.0, 0.1));
  const auto report = stepper->step(100.0);
  CHECK_FALSE(report.accepted);
  CHECK(report.finite);
  CHECK_THAT(stepper->take_notice(), Contains("negative curvature at t = 0"));
  CHECK(statistic(*stepper, "negative_curvature") == 1.0);
  test::advance(*stepper, 2.0, 1000);
  // b' = b - b^3 from 0.1: b = 1/sqrt(1 + 99 exp(-2 t)).
  CHECK(stepper->state()[1] ==
        Approx(1.0 / std::sqrt(1.0 + 99.0 * std::exp(-4.0))).epsilon(0.0).margin(1e-5));
  CHECK(std::abs(stepper->state()[0]) < 1e-5);
}

TEST_CASE("sdirk at tight tolerance works less than rkc2 on a quadratic of condition 1e6",
          "[solvers][implicit]") {
  const auto problem = test::stored_quadratic();
  const Vec reference = test::stored_quadratic_solution("exact_T1e4");
  const auto work = [&](auto s, double tolerance, double& error) {
    const auto system = problem.system.with_own_counts();
    const Vec x = integrate(s, system, problem.start, 1e4, tolerance);
    error = (x - reference).norm() / problem.start.norm();
    return static_cast<double>(system.counts().rhs + 2 * system.counts().jvp);
  };
  double error = 1.0;
  // A plain RKC2 was published with a work of 6644 for 2e-7.
  CHECK(work(Sdirk{}, 1e-7, error) < 0.5 * 6644);
  CHECK(error < 2e-7);
  CHECK(work(Automatic{}, 1e-7, error) < 0.5 * 6644);
  CHECK(error < 2e-7);

  // Beyond its basis sdirk goes on with conjugate gradients that keep nothing.
  Sdirk small;
  small.basis = 20;
  CHECK(work(small, 1e-4, error) < 24475);  // dopri5, as published
  CHECK(error < 1e-3);
}

TEST_CASE("products at a fixed point are counted as products", "[solvers][implicit]") {
  const AnyPotential potential{Rosenbrock{}};
  const Motion motion = GradientFlow{}(potential);
  const AnySystem& system = *motion.system();
  Vec q = Vec::Constant(system.dim(), 0.3), f(q.size());
  Mat V = Mat::Identity(q.size(), q.size()), JV(q.size(), q.size());
  const auto at = system.linearise(q, 0.0);
  at->jvp(V, JV);
  CHECK(system.counts().jvp == q.size());
  CHECK(system.counts().hessian_products == q.size());
  Vec column(q.size());
  system.jvp(q, V.col(0), column, 0.0);
  CHECK((JV.col(0) - column).norm() < 1e-14);
}
