// Gradients of small networks one by one and as many at once as a vector has lanes: microseconds a
// network, as JSON. See run_sweeps.sh.
#include <thalweg/models/networks/kernel/joint_evaluate.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "../support/mlp_problem.hpp"

using namespace thalweg::test;
using thalweg::mlp_kernel::JointEvaluator;

namespace {

template <class F>
double microseconds(F f) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (int repeat = 0; repeat < 9; ++repeat) {
    const auto begin = Clock::now();
    double seconds = 0.0;
    int calls = 0;
    do {
      for (int i = 0; i < 20; ++i) f();
      calls += 20;
      seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    } while (seconds < 0.01);
    best = std::min(best, 1e6 * seconds / calls);
  }
  return best;
}

}  // namespace

int main() {
  const std::vector<std::vector<Index>> shapes = {{2, 8, 1}, {8, 8, 1}, {8, 16, 16, 2}, {2, 64, 2}};
  const char* before = "";
  std::printf("{\"instruction_set\": \"%s\", \"rows\": [",
              thalweg::mlp_kernel::active_kernels().name);
  for (const auto& widths : shapes)
    for (const Index n : {4, 8, 16, 32}) {
      MlpProblem p(widths, Activation::tanh, Loss::mse, n);
      std::vector<double> g(p.theta.size());
      const MlpEvaluator one(p.shape, p.samples());
      const double alone = microseconds([&] { one.value_and_gradient(p.theta.data(), g.data()); });
      JointEvaluator joint(p.shape, n);
      std::vector<std::vector<double>> gradients(static_cast<std::size_t>(joint.lanes()), g);
      std::vector<JointEvaluator::Call> calls;
      for (Index l = 0; l < joint.lanes(); ++l) {
        joint.place(l, p.samples(), p.shape.scale);
        calls.push_back({p.theta.data(), gradients[static_cast<std::size_t>(l)].data()});
      }
      const double together = microseconds([&] { joint.value_and_gradient(calls); });
      std::printf("%s{\"network\": \"", before);
      for (std::size_t l = 0; l < widths.size(); ++l) std::printf("%s%td", l ? "-" : "", widths[l]);
      std::printf("\", \"samples\": %td, \"alone\": %.4g, \"together\": %.4g, \"suits\": %s}", n,
                  alone, together / static_cast<double>(joint.lanes()),
                  JointEvaluator::suits(p.shape, n) ? "true" : "false");
      before = ", ";
    }
  std::printf("]}\n");
}
