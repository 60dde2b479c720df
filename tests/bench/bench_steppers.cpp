// What a step costs beside the gradients it asks for, and the work (gradients + 2 Hessian products)
// of gradient flows to a given error, for our solvers and, when it was found, SUNDIALS' CVODE.
#include "bench_nets.hpp"

#include <benchmark/benchmark.h>
#include <support/gradient_flow_problems.hpp>
#ifdef THALWEG_HAS_CVODE
#include <support/cvode_peer.hpp>
#endif
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/networks/network_loss.hpp>
#include <thalweg/solvers/automatic.hpp>
#include <thalweg/solvers/implicit/sdirk.hpp>
#include <thalweg/solvers/odeint/methods.hpp>
#include <thalweg/solvers/stabilised/rkc2.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <memory>

namespace {

using namespace thalweg;

// A right-hand side that costs as little as one can, so that only the stepper is measured.
struct Decay {
  Index n;
  Index dim() const { return n; }
  void rhs(In x, Out f, double) const { f = -0.01 * x; }
};

// One gradient of net a (64-100-100-10 on 1797 digits) on one thread, the least of 50; a dopri5
// step has 6 of them.
double gradient_seconds() {
  static const double least = [] {
    set_threads(1);
    const auto net = bench::BenchNet::load('a');
    const NetworkLoss loss(net.dataset(), {.hidden = {100, 100}, .loss = "mse"});
    const Vec q = Eigen::Map<const Vec>(net.theta.data(), loss.dim());
    Vec g(q.size());
    double best = 1e9;
    for (int i = 0; i < 50; ++i) {
      const std::clock_t start = std::clock();
      benchmark::DoNotOptimize(loss.value_and_gradient(q, g));
      best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    return best;
  }();
  return least;
}

template <class S>
void step(benchmark::State& state) {
  const AnySystem system{Decay{state.range(0)}};
  S s;
  s.dt0 = s.dt_max = 1e-3;
  const auto stepper = s(system, 1.0);
  stepper->reset(0.0, Vec::Ones(state.range(0)));
  const std::clock_t start = std::clock();
  for (auto _ : state) benchmark::DoNotOptimize(stepper->step(1e9).error);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  state.counters["percent_of_6_gradients"] =
      100.0 * seconds / (6.0 * gradient_seconds() * static_cast<double>(state.iterations()));
}
BENCHMARK(step<Dopri5>)->Arg(10)->Arg(17610)->Arg(100000);
BENCHMARK(step<Rkc2>)->Arg(10)->Arg(17610)->Arg(100000);

struct Table {
  test::GradientFlowProblem problem;
  double t_end;
  Vec reference;
  double scale;
};

const Table& table(int i) {
  static const auto make = [](int j) -> Table {
    if (j < 2) {
      auto p = test::stored_quadratic();
      const double scale = p.start.norm();
      return {p, j == 0 ? 1e4 : 1e6,
              test::stored_quadratic_solution(j == 0 ? "exact_T1e4" : "exact_T1e6"), scale};
    }
    auto p = test::stored_network();
    const double t_end = j == 2 ? test::network_time_1e3 : test::network_time_1e4;
    // rkc2 at 1e-8 is good to 5e-6; the reference has to be better than that by a hundred times.
    Fehlberg78 f;
    f.rtol = f.atol = 1e-10;
    const auto stepper = f(p.system, 1.0);
    stepper->reset(0.0, p.start);
    while (stepper->time() < t_end) stepper->step(t_end);
    return {p, t_end, stepper->state(), stepper->state().norm()};
  };
  static const Table quadratic_1e4 = make(0), quadratic_1e6 = make(1);
  if (i < 2) return i == 0 ? quadratic_1e4 : quadratic_1e6;
  if (i == 2) {
    static const Table network_1e3 = make(2);
    return network_1e3;
  }
  static const Table network_1e4 = make(3);
  return network_1e4;
}

template <class Solve>
void work(benchmark::State& state, const Solve& solve) {
  const auto& t = table(static_cast<int>(state.range(0)));
  const double tolerance = std::pow(10.0, -static_cast<double>(state.range(1)));
  for (auto _ : state) {
    const auto system = t.problem.system.with_own_counts();
    const Vec x = solve(system, t.problem.start, t.t_end, tolerance);
    state.counters["error"] = (x - t.reference).norm() / t.scale;
    state.counters["work"] = static_cast<double>(system.counts().rhs + 2 * system.counts().jvp);
  }
}

template <class S>
Vec solve(const AnySystem& system, const Vec& start, double t_end, double tolerance) {
  S s;
  s.rtol = s.atol = tolerance;
  const auto stepper = s(system, 1.0);
  stepper->reset(0.0, start);
  while (stepper->time() < t_end) stepper->step(t_end);
  return stepper->state();
}

void columns(benchmark::internal::Benchmark* b, const std::vector<int>& problems,
             const std::vector<int>& tolerances) {
  b->ArgNames({"problem", "-log10 tol"})->Unit(benchmark::kMillisecond)->Iterations(1);
  for (const int p : problems)
    for (const int tol : tolerances) b->Args({p, tol});
}
// The short times for the comparison with published work, the long ones for whole curves.
void curves(benchmark::internal::Benchmark* b) {
  columns(b, {0, 2}, {4, 6, 8});
  columns(b, {1, 3}, {2, 3, 4, 5, 6, 7, 8, 9});
}

// Problems: 0, 1 the quadratic to T = 1e4, 1e6; 2, 3 the network to lambda T = 1e3, 1e4.
void rkc2(benchmark::State& s) { work(s, solve<Rkc2>); }
BENCHMARK(rkc2)->Apply(curves);
void sdirk(benchmark::State& s) { work(s, solve<Sdirk>); }
BENCHMARK(sdirk)->Apply(curves);
void automatic(benchmark::State& s) { work(s, solve<Automatic>); }
BENCHMARK(automatic)->Apply(curves);
void dopri5(benchmark::State& s) { work(s, solve<Dopri5>); }
BENCHMARK(dopri5)->Apply([](auto* b) { columns(b, {0, 2}, {4, 6, 8}); });
#ifdef THALWEG_HAS_CVODE
template <test::Krylov krylov>
Vec cvode(const AnySystem& system, const Vec& start, double t_end, double tolerance) {
  return test::cvode_solution(system, start, t_end, tolerance, krylov);
}
void cvode_gmres(benchmark::State& s) { work(s, cvode<test::Krylov::gmres>); }
BENCHMARK(cvode_gmres)->Apply(curves);
void cvode_cg(benchmark::State& s) { work(s, cvode<test::Krylov::cg>); }
BENCHMARK(cvode_cg)->Apply(curves);
#endif

}  // namespace

BENCHMARK_MAIN();
