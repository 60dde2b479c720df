// Orders of accuracy, measured as slopes of the error over five step sizes on a nonlinear,
// time-dependent problem, for states and for values inside steps.
#include <support/catch.hpp>
#include <support/solver_toys.hpp>

#include <fmt/format.h>

using namespace thalweg;
using test::NonlinearToy;

namespace {

struct Case {
  const char* name;
  std::function<SolverFactory(double h)> make;
  int order;
  int dense_order;
  int coarsest;  // steps over [0, 2] of the coarsest run: asymptotic there, above rounding at 16 x
};

// An error test that always passes and steps capped at h: the method with a fixed step.
template <class S>
SolverFactory with_fixed_step(double h) {
  S s;
  s.rtol = 0.99;
  s.atol = 1e6;
  s.dt0 = s.dt_max = h;
  if constexpr (requires { s.newton_tolerance; }) s.newton_tolerance = 1e-19;  // of 1e6
  return s;
}
template <class S>
SolverFactory fixed(double h) {
  S s;
  s.dt = h;
  return s;
}

const std::vector<Case> cases = {
    {"euler", fixed<Euler>, 1, 1, 40},
    {"rk4", fixed<RungeKutta4>, 4, 4, 20},
    {"adams_bashforth_moulton", fixed<AdamsBashforthMoulton>, 4, 4, 160},
    {"dopri5", with_fixed_step<Dopri5>, 5, 4, 20},
    {"cash_karp54", with_fixed_step<CashKarp54>, 5, 5, 20},
    {"fehlberg78", with_fixed_step<Fehlberg78>, 8, 8, 5},
    {"rkc2", with_fixed_step<Rkc2>, 2, 2, 80},
    {"sdirk", with_fixed_step<Sdirk>, 5, 4, 10},
    {"rosenbrock", with_fixed_step<RosenbrockMethod>, 4, 4, 20},
};

// Least-squares slope of log(error) against log(h).
double slope(const std::vector<double>& h, const std::vector<double>& error) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  const auto n = static_cast<double>(h.size());
  for (std::size_t i = 0; i < h.size(); ++i) {
    const double x = std::log(h[i]), y = std::log(error[i]);
    sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

constexpr double t_end = 2.0;
// Five halvings of the step; for order 8, which soon meets rounding, factors of about 1.4.
std::vector<int> step_counts(const Case& c) {
  if (c.order == 8) return {5, 7, 10, 14, 20};
  return {c.coarsest, 2 * c.coarsest, 4 * c.coarsest, 8 * c.coarsest, 16 * c.coarsest};
}

}  // namespace

TEST_CASE("every method has its order of accuracy, also after a reset", "[solvers][order]") {
  for (const auto& c : cases) {
    std::vector<double> h, error;
    for (const int n : step_counts(c)) {
      h.push_back(t_end / n);
      const auto stepper = c.make(h.back())(AnySystem(NonlinearToy{}), 1.0);
      stepper->reset(0.0, NonlinearToy::solution(0.0));
      test::advance(*stepper, t_end);
      REQUIRE(stepper->time() == t_end);
      error.push_back((stepper->state() - NonlinearToy::solution(t_end)).norm());
      // From another start and back: nothing of a run may be left after a reset.
      const Vec first = stepper->state();
      stepper->reset(0.25, NonlinearToy::solution(0.25));
      for (int i = 0; i < 4; ++i) stepper->step(t_end);
      stepper->reset(0.0, NonlinearToy::solution(0.0));
      test::advance(*stepper, t_end);
      REQUIRE(stepper->state() == first);
    }
    INFO(fmt::format("{}: errors {}", c.name, fmt::join(error, " ")));
    const double p = slope(h, error);
    // Two-sided: a method that is better than its name is another method. The upper bound leaves
    // room for the next term of the error at the coarse end.
    CHECK(p > c.order - 0.2);
    CHECK(p < c.order + 0.5);
  }
}

TEST_CASE("dense output has its order and meets both nodes", "[solvers][order]") {
  for (const auto& c : cases) {
    CAPTURE(c.name);
    std::vector<double> h, error;
    Vec x(2);
    for (const int n : step_counts(c)) {
      h.push_back(t_end / n);
      const auto stepper = c.make(h.back())(AnySystem(NonlinearToy{}), 1.0);
      stepper->reset(0.0, NonlinearToy::solution(0.0));
      double worst = 0.0;
      while (stepper->time() < t_end) {
        const Vec before = stepper->state();
        stepper->step(t_end);
        const double t0 = stepper->previous_time(), t1 = stepper->time();
        stepper->interpolate(t1, x);
        REQUIRE(x == stepper->state());
        stepper->interpolate(t0, x);
        REQUIRE(x == before);
        // Continuous at the joins: values a relative 1e-12 of the step inside differ by the motion
        // over that distance (|x'| < 4) and rounding.
        stepper->interpolate(t0 + 1e-12 * (t1 - t0), x);
        REQUIRE((x - before).norm() < 4e-12 * (t1 - t0) + 1e-14);
        stepper->interpolate(t1 - 1e-12 * (t1 - t0), x);
        REQUIRE((x - stepper->state()).norm() < 4e-12 * (t1 - t0) + 1e-14);
        for (const double s : {0.21, 0.5, 0.83}) {
          const double t = t0 + s * (t1 - t0);
          stepper->interpolate(t, x);
          worst = std::max(worst, (x - NonlinearToy::solution(t)).norm());
        }
      }
      error.push_back(worst);
    }
    const double p = slope(h, error);
    INFO(fmt::format("errors {}", fmt::join(error, " ")));
    CHECK(p > c.dense_order - 0.2);
    CHECK(p <
          c.dense_order + 1.0);  // up to the order of the nodes, which dominates dopri5's at first
  }
}

TEST_CASE("looking inside steps does not change them", "[solvers][property]") {
  for (const auto& s : test::all_solvers(1e-6, 0.01)) {
    CAPTURE(s.name);
    const auto plain = s.make(AnySystem(NonlinearToy{}), 1.0);
    const auto watched = s.make(AnySystem(NonlinearToy{}), 1.0);
    Vec x(2);
    for (auto* p : {plain.get(), watched.get()}) p->reset(0.0, NonlinearToy::solution(0.0));
    while (plain->time() < 3.0) {
      plain->step(3.0);
      watched->step(3.0);
      for (const double f : {0.9, 0.1, 0.5})
        watched->interpolate(watched->previous_time() * (1.0 - f) + watched->time() * f, x);
    }
    CHECK(plain->time() == watched->time());
    CHECK(plain->state() == watched->state());
  }
}

TEST_CASE("a tighter tolerance gives a smaller error, in proportion", "[solvers]") {
  for (const char* name : {"dopri5", "cash_karp54", "fehlberg78", "bulirsch_stoer", "rkc2", "sdirk",
                           "rosenbrock", "auto"}) {
    CAPTURE(name);
    for (const double tolerance : {1e-4, 1e-6, 1e-8, 1e-10}) {
      for (const auto& s : test::all_solvers(tolerance, 0.01)) {
        if (s.name != name) continue;
        const auto stepper = s.make(AnySystem(NonlinearToy{}), 1.0);
        stepper->reset(0.0, NonlinearToy::solution(0.0));
        test::advance(*stepper, 5.0);
        const double error = (stepper->state() - NonlinearToy::solution(5.0)).norm();
        CAPTURE(tolerance, error);
        // Errors of steps add up over [0, 5]. Control of the error per step makes the error of
        // rkc2, which does not extrapolate, go like tolerance^(2/3).
        CHECK(error < (s.name == "rkc2" ? std::pow(tolerance, 2.0 / 3.0) : 100.0 * tolerance));
      }
    }
  }
}
