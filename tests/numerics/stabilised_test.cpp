// rkc2 and auto on stiff gradient flows: work at equal error against a published table, spectral
// radius, the switch and the way back.
#include <support/catch.hpp>
#include <support/gradient_flow_problems.hpp>
#include <support/solver_toys.hpp>

#include <thalweg/solvers/stabilised/spectral_radius.hpp>

using namespace thalweg;

namespace {

struct Result {
  double work, error;
  Vec x;
};

template <class S>
Result integrate(S s, const test::GradientFlowProblem& problem, double t_end, double tolerance,
                 const Vec& reference, double scale) {
  s.rtol = s.atol = tolerance;
  const auto system = problem.system.with_own_counts();
  const auto stepper = s(system, 1.0);
  stepper->reset(0.0, problem.start);
  test::advance(*stepper, t_end);
  const auto counts = system.counts();
  return {static_cast<double>(counts.rhs + 2 * counts.jvp),
          (stepper->state() - reference).norm() / scale, stepper->state()};
}

// Work for `error` on the straight line through two runs in log-log coordinates.
double work_at(double error, const Result& a, const Result& b) {
  const double s = std::log(error / a.error) / std::log(b.error / a.error);
  return a.work * std::pow(b.work / a.work, s);
}

}  // namespace

TEST_CASE("rkc2 needs no more work than published on a quadratic of condition 1e6",
          "[solvers][stabilised]") {
  const auto problem = test::stored_quadratic();
  // Work and error of a plain RKC2 (gradients + 2 Hessian products); 1.2 is the goal set for it.
  struct Row {
    const char* solution;
    double t_end, tolerance, work, error;
  };
  for (const auto& row :
       {Row{"exact_T1e4", 1e4, 1e-4, 941, 7e-5}, Row{"exact_T1e4", 1e4, 1e-7, 6644, 2e-7},
        Row{"exact_T1e6", 1e6, 1e-4, 8527, 7.0e-5}, Row{"exact_T1e6", 1e6, 1e-6, 17944, 3.9e-6}}) {
    const Vec reference = test::stored_quadratic_solution(row.solution);
    const double scale = problem.start.norm();
    const auto a = integrate(Rkc2{}, problem, row.t_end, 10.0 * row.tolerance, reference, scale);
    const auto b = integrate(Rkc2{}, problem, row.t_end, row.tolerance, reference, scale);
    const double work = work_at(row.error, a, b);
    CAPTURE(row.t_end, row.error, work, row.work, a.error, b.error);
    CHECK(work < 1.2 * row.work);
  }
}

TEST_CASE("auto switches on a stiff gradient flow, says when, and saves most of the work",
          "[solvers][auto]") {
  const auto problem = test::stored_quadratic();
  const Vec reference = test::stored_quadratic_solution("exact_T1e4");
  const double scale = problem.start.norm();
  const auto alone = integrate(Dopri5{}, problem, 1e4, 1e-5, reference, scale);
  const auto automatic = integrate(Automatic{}, problem, 1e4, 1e-5, reference, scale);
  CHECK(automatic.error < 1e-4);
  CHECK(automatic.work < 0.15 * alone.work);

  Automatic s;
  s.rtol = s.atol = 1e-5;
  const auto stepper = s(problem.system, 1.0);
  stepper->reset(0.0, problem.start);
  std::string notice;
  double t_notice = 0.0;
  while (stepper->time() < 1e4 && notice.empty()) {
    t_notice = stepper->time();
    stepper->step(1e4);
    notice = stepper->take_notice();
  }
  CHECK_THAT(notice, Catch::Matchers::Contains("switched to rkc2 at t = "));
  CHECK(stepper->take_notice().empty());
  CHECK(stepper->method() == "rkc2");
  CHECK(t_notice < 200.0);  // accuracy holds the step until t = 50; then 20 tries near 3.3
  for (const auto& [name, value] : stepper->statistics()) {
    if (name == "first_switch_time") CHECK(value == t_notice);
    if (name == "switches") CHECK(value == 1.0);
  }
}

TEST_CASE("auto keeps to dopri5 where it must or should", "[solvers][auto]") {
  // No gradient flow, no Jacobian products: it may not switch, and the loop hears of the stiffness.
  const auto stiff =
      test::lambda_system(1, [](In x, Out f, double t) { f[0] = -1e4 * (x[0] - std::cos(t)); });
  auto stepper = Automatic{}(stiff, 1.0);
  stepper->reset(0.0, Vec::Zero(1));
  bool limited = false;
  for (int i = 0; i < 500; ++i) limited = stepper->step(10.0).stability_limited;
  CHECK(limited);
  CHECK(stepper->method() == "dopri5");
  CHECK_THAT(stepper->info().description, Catch::Matchers::Contains("no switch to rkc2"));

  // Smooth motion.
  stepper = Automatic{}(AnySystem(test::NonlinearToy{}), 1.0);
  stepper->reset(0.0, test::NonlinearToy::solution(0.0));
  test::advance(*stepper, 20.0);
  CHECK(stepper->method() == "dopri5");
}

namespace {

// Stiff at first (rate 1000), from t = 1 on slow and oscillating with frequency 3.
struct StiffThenSmooth {
  static double rate(double t) { return 1.0 + 999.0 / (1.0 + std::exp(100.0 * (t - 1.0))); }
  Index dim() const { return 2; }
  void rhs(In x, Out f, double t) const {
    f[0] = -rate(t) * (x[0] - std::cos(3.0 * t)) - 3.0 * std::sin(3.0 * t);
    f[1] = -x[1] + x[0];
  }
  void jvp(In, In v, Out Jv, double t) const {
    Jv[0] = -rate(t) * v[0];
    Jv[1] = -v[1] + v[0];
  }
};

}  // namespace

TEST_CASE("auto comes back to dopri5 when the stiffness is over", "[solvers][auto]") {
  const AnySystem system{StiffThenSmooth{}};
  Automatic s;
  s.rtol = s.atol = 1e-5;
  const auto stepper = s(system, 1.0);
  stepper->reset(0.0, Vec::Ones(2));
  test::advance(*stepper, 0.9);
  CHECK(stepper->method() != "dopri5");
  test::advance(*stepper, 6.0);
  CHECK(stepper->method() == "dopri5");
  CHECK(stepper->state()[0] == Approx(std::cos(18.0)).epsilon(0.0).margin(1e-3));
}

TEST_CASE("at a tight tolerance auto does not go to and fro", "[solvers][auto]") {
  const auto problem = test::stored_quadratic();
  Automatic s;
  s.rtol = s.atol = 1e-11;
  const auto stepper = s(problem.system, 1.0);
  stepper->reset(0.0, problem.start);
  test::advance(*stepper, 2000.0);
  double switches = -1.0;
  for (const auto& [name, value] : stepper->statistics())
    if (name == "switches") switches = value;
  // Each return doubles the patience: at most log2 of the number of steps, here about 600.
  CHECK(switches >= 0.0);
  CHECK(switches <= 12.0);
}

TEST_CASE("the spectral radius is found and followed", "[solvers][stabilised]") {
  const auto problem = test::stored_quadratic();  // lambda_max = 1
  SpectralRadius radius(problem.system);
  Vec f(problem.start.size());
  problem.system.rhs(problem.start, f, 0.0);
  radius.estimate(problem.start, f, 0.0, Vec::Zero(f.size()));
  // From below, by less than the margin of 1.05: the top eigenvalues lie 1.4 % apart.
  CHECK(radius.value() > 1.0);
  CHECK(radius.value() <= 1.05);
  const auto cold = radius.products();
  radius.estimate(problem.start, f, 0.0, Vec::Zero(f.size()));
  CHECK(radius.products() - cold <= 2);  // a warm start knows after two products

  // Without Jacobian products: the same by differences, and the description says so.
  const auto bare = test::lambda_system(
      3, [](In x, Out g, double) { g = -Eigen::Array3d(1.0, 5.0, 80.0).matrix().cwiseProduct(x); });
  SpectralRadius by_differences(bare);
  const Vec x = Vec::Ones(3);
  Vec g(3);
  bare.rhs(x, g, 0.0);
  by_differences.estimate(x, g, 0.0, Vec::Zero(3));
  CHECK_FALSE(by_differences.exact_products());
  CHECK(by_differences.value() == Approx(1.2 * 80.0).epsilon(0.01));
  CHECK_THAT(Rkc2{}(bare, 1.0)->info().description,
             Catch::Matchers::Contains("differences of the right-hand side"));
}
