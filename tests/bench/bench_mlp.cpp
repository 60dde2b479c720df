// Gradient and Hessian products of the network kernel beside the FMA peak that the same process
// measures. Counters: `ms` is the least CPU time of the thread over the repeats (a busy machine
// does not inflate it), `peak_percent` the share of the peak, `gradients` the cost of one Hessian
// product in gradients. Two threads are timed by the clock on the wall, in turn with one thread and
// with the FMA loop, so that a busy core shows in both scalings.
#include <benchmark/benchmark.h>
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/networks/kernel/mlp_evaluate.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "bench_nets.hpp"
#include "fma_peak.hpp"

using namespace thalweg::mlp_kernel;
namespace bench = thalweg::bench;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double wall_seconds() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

template <class Now, class F>
double timed(Now now, F&& f) {
  const double start = now();
  f();
  return now() - start;
}

const bench::BenchNet& net(char name) {
  static std::map<char, bench::BenchNet> nets;
  const auto found = nets.find(name);
  return found != nets.end() ? found->second
                             : nets.emplace(name, bench::BenchNet::load(name)).first->second;
}

MlpEvaluator evaluator(char name, Activation activation, Loss loss, Precision precision) {
  MlpShape shape{net(name).widths, activation, loss};
  if (loss == Loss::cross_entropy && shape.outputs() == 1) shape.loss = Loss::logistic;
  return MlpEvaluator(shape, net(name).samples(), precision);
}

void gradient(benchmark::State& state, char name, Activation activation, Loss loss,
              Precision precision) {
  thalweg::set_threads(1);
  const MlpEvaluator e = evaluator(name, activation, loss, precision);
  const std::vector<double>& theta = net(name).theta;
  std::vector<double> g(theta.size());
  const bool single = precision == Precision::f32;
  double peak = bench::fma_peak(instruction_set(), single), best = infinity;
  e.value_and_gradient(theta.data(), g.data());
  for (auto _ : state)
    best = std::min(
        best, timed(bench::thread_seconds, [&] { e.value_and_gradient(theta.data(), g.data()); }));
  peak = std::max(peak, bench::fma_peak(instruction_set(), single));
  state.counters["ms"] = best * 1e3;
  state.counters["gflops"] = net(name).gradient_flop() / best * 1e-9;
  state.counters["peak_gflops"] = peak;
  state.counters["peak_percent"] = 100 * net(name).gradient_flop() / best * 1e-9 / peak;
}

// Products with k directions at once, by what a call does with them.
enum class Work { hessian, cached_hessian, cached_gauss_newton, cached_gradient_products, third };

void products(benchmark::State& state, char name, Loss loss, Index k, Work work) {
  thalweg::set_threads(1);
  const MlpEvaluator e = evaluator(name, Activation::tanh, loss, Precision::f64);
  const std::vector<double>& theta = net(name).theta;
  const auto n = static_cast<Index>(theta.size());
  std::vector<double> g(theta.size()), V(theta.size() * static_cast<std::size_t>(k)), HV(V.size());
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  for (double& v : V) v = normal(random);
  const auto linearisation = e.at(theta.data());
  double best = infinity, best_gradient = infinity;
  for (auto _ : state) {
    best = std::min(best, timed(bench::thread_seconds, [&] {
                      if (work == Work::hessian)
                        e.hvp(theta.data(), V.data(), n, HV.data(), n, k);
                      else if (work == Work::third)
                        e.third(theta.data(), V.data(), V.data(), n, HV.data(), n, k);
                      else
                        linearisation.product(work == Work::cached_hessian ? Matrix::hessian
                                              : work == Work::cached_gauss_newton
                                                  ? Matrix::gauss_newton
                                                  : Matrix::gradient_products,
                                              V.data(), n, HV.data(), n, k);
                    }));
    best_gradient = std::min(best_gradient, timed(bench::thread_seconds, [&] {
                               e.value_and_gradient(theta.data(), g.data());
                             }));
  }
  state.counters["ms"] = best * 1e3 / static_cast<double>(k);
  state.counters["gradients"] = best / static_cast<double>(k) / best_gradient;
}

void two_threads(benchmark::State& state, char name, Precision precision) {
  thalweg::set_threads(1);
  const MlpEvaluator e = evaluator(name, Activation::tanh, Loss::mse, precision);
  const std::vector<double>& theta = net(name).theta;
  std::vector<double> g(theta.size());
  e.value_and_gradient(theta.data(), g.data());
  const bool single = precision == Precision::f32;
  const std::string set = instruction_set();
  double kernel[2] = {infinity, infinity}, fma[2] = {infinity, infinity};
  const int calls = name == 'c' ? 100 : name == 'b' ? 1 : 5;
  // FMA loops as long as the gradient, so that another process is as likely to disturb either.
  const double one_loop = timed(wall_seconds, [&] { bench::fma_loop(set, single); });
  const double one_call =
      timed(wall_seconds, [&] { e.value_and_gradient(theta.data(), g.data()); });
  const int fma_runs = std::max(1, static_cast<int>(one_call / one_loop));
  for (auto _ : state)
    for (const int n_threads : {1, 2}) {
      thalweg::set_threads(n_threads);
      e.value_and_gradient(theta.data(), g.data());
      for (int i = 0; i < calls; ++i) {
        double& k = kernel[n_threads - 1];
        k = std::min(k, timed(wall_seconds, [&] { e.value_and_gradient(theta.data(), g.data()); }));
        double& f = fma[n_threads - 1];
        f = std::min(f, timed(wall_seconds, [&] {
                       thalweg::parallel_for(n_threads, [&](std::ptrdiff_t, int) {
                         for (int r = 0; r < fma_runs; ++r)
                           benchmark::DoNotOptimize(bench::fma_loop(set, single));
                       });
                     }));
      }
    }
  const double scaling = kernel[0] / kernel[1], fma_scaling = 2 * fma[0] / fma[1];
  state.counters["ms"] = kernel[1] * 1e3;
  state.counters["scaling"] = scaling;
  state.counters["fma_scaling"] = fma_scaling;
  state.counters["scaling_ratio"] = scaling / fma_scaling;
}

void register_all() {
  using benchmark::RegisterBenchmark;
  using enum Precision;
  const std::map<char, int> repeats = {{'a', 100}, {'b', 8}, {'c', 2000}, {'d', 60}};
  for (const auto& [name, repeat] : repeats) {
    const std::string prefix(1, name);
    for (const Precision precision : {f64, f32}) {
      const std::string suffix = precision == f64 ? "/f64" : "/f32";
      RegisterBenchmark((prefix + "/gradient/tanh_mse" + suffix).c_str(), gradient, name,
                        Activation::tanh, Loss::mse, precision)
          ->Iterations(repeat);
      RegisterBenchmark((prefix + "/gradient/tanh_ce" + suffix).c_str(), gradient, name,
                        Activation::tanh, Loss::cross_entropy, precision)
          ->Iterations(repeat);
      RegisterBenchmark((prefix + "/gradient/relu_mse" + suffix).c_str(), gradient, name,
                        Activation::relu, Loss::mse, precision)
          ->Iterations(repeat);
      RegisterBenchmark((prefix + "/two_threads/tanh_mse" + suffix).c_str(), two_threads, name,
                        precision)
          ->Iterations(std::clamp(repeat / 5, 10, 30));
    }
    for (const auto& [label, k, work] :
         {std::tuple{"hessian_product_single", Index{1}, Work::hessian},
          {"hessian_product_cached", Index{1}, Work::cached_hessian},
          {"hessian_product_block8", Index{8}, Work::hessian},
          {"gauss_newton_product_cached", Index{1}, Work::cached_gauss_newton},
          {"empirical_fisher_product_cached", Index{1}, Work::cached_gradient_products},
          {"third_derivative_block8", Index{8}, Work::third}})
      RegisterBenchmark((prefix + "/" + label + "/tanh_ce/f64").c_str(), products, name,
                        Loss::cross_entropy, k, work)
          ->Iterations(std::max(4, repeat / 4));
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("instruction_set", instruction_set());
  register_all();
  benchmark::RunSpecifiedBenchmarks();
}
