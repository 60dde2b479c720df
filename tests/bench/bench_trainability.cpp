// A map of trainability, width 8, tanh, 72 samples, 500 steps, over the whole window: seconds with
// and without early exits, on as many points as given and extrapolated to 512 x 512, as JSON.
//   bench_trainability [RESOLUTION]     (default 128; 512 for the whole of it)
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/trainability/trainability.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

using namespace thalweg;

namespace {

struct Cost {
  double wall = 0.0, cpu = 0.0, share = 0.0;  // share of all steps that were needed
  std::vector<double> values{};
};

Cost map(bool early_exit, Index n) {
  Trainability recipe;
  recipe.width = 8;
  recipe.early_exit = early_exit;
  const auto field = recipe(1);
  const auto axes = field->axes();
  std::vector<double> coordinate;
  for (Index i = 0; i < n; ++i)
    coordinate.push_back(axes[0].low + (axes[0].high - axes[0].low) *
                                           (static_cast<double>(i) + 0.5) / static_cast<double>(n));
  Cost cost;
  cost.values.resize(static_cast<std::size_t>(n * n));
  std::vector<std::int64_t> work(static_cast<std::size_t>(n));
  const auto begin = std::chrono::steady_clock::now();
  const auto cpu = std::clock();
  parallel_for(n, [&](Index i, int) {
    const std::vector<double> y(coordinate.size(), coordinate[static_cast<std::size_t>(i)]);
    work[static_cast<std::size_t>(i)] =
        field->evaluate(coordinate, y, {cost.values.data() + i * n, static_cast<std::size_t>(n)},
                        [] { return false; });
  });
  cost.cpu = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  cost.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (const auto w : work) cost.share += static_cast<double>(w);
  cost.share /= static_cast<double>(n * n * recipe.steps);
  return cost;
}

}  // namespace

int main(int argc, char** argv) {
  const Index n = argc > 1 ? std::atol(argv[1]) : 128;
  if (n < 1) return 2;
  set_threads(2);
  const auto all = map(false, n), early = map(true, n);
  const double whole = 512.0 * 512.0 / static_cast<double>(n * n);
  // Multiply-adds of a step: 72 samples times two products of 64, and five of 8 (f, g, the errors
  // of the units, the slope); 72 x 8 tanh.
  std::printf(
      "{\"resolution\": %ld, \"wall\": %.4f, \"cpu\": %.4f, \"early_wall\": %.4f, \"early_cpu\": "
      "%.4f, "
      "\"needed\": %.4f, \"same\": %s, \"whole\": %.2f, \"fma_per_step\": %d, \"tanh_per_step\": "
      "%d, "
      "\"instruction_set\": \"%s\"}\n",
      static_cast<long>(n), all.wall, all.cpu, early.wall, early.cpu, all.share,
      all.values == early.values ? "true" : "false", whole, 72 * (2 * 64 + 5 * 8), 72 * 8,
      mlp_kernel::instruction_set().c_str());
  return 0;
}
