// Gradients through a solver: the spiral demo of torchdiffeq (field 2-50-2 on a^3, x' = A x^3,
// dopri5 with rtol 1e-7, atol 1e-9), one training iteration on 20 windows of 10 times and one
// trajectory on [0, 25] with 1000 outputs, as JSON. Parameters, data and gradients are in it for
// bench_adjoint_pytorch.py. One thread.
//   bench_adjoint [REPEATS]
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/datasets/trajectories.hpp>
#include <thalweg/models/depth/adjoints/discrete.hpp>
#include <thalweg/models/depth/depth_network.hpp>
#include <thalweg/models/depth/fields/mlp.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace thalweg;

DepthNetwork network(Index window, const FlowRecipe& adjoint) {
  MlpField field;
  field.input = "cubic";
  DepthNetwork::Options options;
  options.series = true;
  options.window = window;
  options.field = field;
  options.adjoint = adjoint;
  return {std::make_shared<const Dataset>(Dataset(CubicSpiral{})), options};
}

// As the demo starts: weights normal with deviation 0.1, biases 0.
Vec start(const DepthNetwork& n) {
  Vec q = Vec::Zero(n.dim());
  Rng rng(0, "bench_adjoint");
  for (const auto& b : n.layout())
    if (b.shape.size() == 2)
      for (Index i = 0; i < b.size(); ++i) q[b.offset + i] = 0.1 * rng.normal();
  return q;
}

// Adam on batches of 20, to where the published times were measured.
void train(const DepthNetwork& n, Vec& q, int steps) {
  Vec g(q.size()), m = Vec::Zero(q.size()), s = Vec::Zero(q.size());
  Rng rng(0, "bench_adjoint batches");
  std::vector<Index> batch(20);
  for (int k = 1; k <= steps; ++k) {
    for (auto& i : batch) i = rng.below(n.samples());
    n.value_and_gradient(q, batch, g);
    m = 0.9 * m + 0.1 * g;
    s = 0.999 * s + 0.001 * g.cwiseAbs2();
    q.array() -= 3e-3 / (1.0 - std::pow(0.9, k)) * m.array() /
                 ((s.array() / (1.0 - std::pow(0.999, k))).sqrt() + 1e-8);
  }
}

template <class F>
double median_seconds(int repeats, F&& f) {
  std::vector<double> all;
  f();
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    all.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(all);
  return all[all.size() / 2];
}

void print(const char* name, const Vec& v) {
  std::printf("\"%s\": [", name);
  for (Index i = 0; i < v.size(); ++i) std::printf("%s%.17g", i ? ", " : "", v[i]);
  std::printf("]");
}

void row(const char* name, double seconds, double loss, const Vec& g, const FlowCost& c,
         Index outputs) {
  // States, depths of steps, outputs with their derivatives.
  const double bytes = static_cast<double>(c.bytes) + 8.0 * static_cast<double>(c.steps) +
                       2.0 * 16.0 * static_cast<double>(outputs);
  std::printf(
      ",\n\"%s\": {\"seconds\": %.6g, \"loss\": %.17g, \"steps\": %lld, \"rejected\": %lld, "
      "\"forward\": %lld, \"backward\": %lld, \"vjps\": %lld, \"repeated\": %lld, \"bytes\": "
      "%.0f, ",
      name, seconds, loss, static_cast<long long>(c.steps), static_cast<long long>(c.rejected),
      static_cast<long long>(c.forward_evaluations), static_cast<long long>(c.backward_evaluations),
      static_cast<long long>(c.vjps), static_cast<long long>(c.repeated_steps), bytes);
  print("gradient", g);
  std::printf("}");
}

}  // namespace

int main(int argc, char** argv) {
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 101;
  set_threads(1);
  const auto windows = network(10, DiscreteAdjoint{});
  Vec q = start(windows);
  train(windows, q, 200);
  std::vector<Index> batch;
  for (Index i = 0; i < 20; ++i) batch.push_back((i * 49) % windows.samples());
  Vec g(q.size());
  double loss = 0.0;

  std::printf("{");
  print("theta", q);
  std::printf(", ");
  const Samples& states = windows.data().Y;
  print("data", Eigen::Map<const Vec>(states.data(), states.size()));
  std::printf(", \"batch\": [");
  for (std::size_t i = 0; i < batch.size(); ++i)
    std::printf("%s%lld", i ? ", " : "", static_cast<long long>(batch[i]));
  std::printf("]");
  double seconds = median_seconds(repeats, [&] { loss = windows.value_and_gradient(q, batch, g); });
  FlowCost cost = windows.cost(q, batch);
  row("iteration", seconds, loss, g, cost, 200);

  const auto one = network(1000, DiscreteAdjoint{});
  seconds = median_seconds(std::max(1, repeats / 20), [&] { loss = one.value_and_gradient(q, g); });
  row("trajectory", seconds, loss, g, one.cost(q), 1000);
  CheckpointedAdjoint within;
  within.budget = 320;  // 20 states
  const auto kept = network(1000, within);
  seconds =
      median_seconds(std::max(1, repeats / 20), [&] { loss = kept.value_and_gradient(q, g); });
  row("trajectory_checkpointed", seconds, loss, g, kept.cost(q), 1000);
  std::printf("\n}\n");
  return 0;
}
