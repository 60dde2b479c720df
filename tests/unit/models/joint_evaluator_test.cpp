// Several networks at once must give what each of them gives alone, to the last bit: that numbers
// of a sweep do not depend on which members run together rests on it.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <thalweg/models/networks/kernel/joint_evaluate.hpp>

#include "../../support/catch.hpp"
#include "../../support/mlp_problem.hpp"

using namespace thalweg::test;
using thalweg::mlp_kernel::JointEvaluator;
using Call = JointEvaluator::Call;

namespace {

// Networks of one shape that differ in parameters, samples and the factor of the loss.
struct Networks {
  std::vector<MlpProblem> problems;
  std::vector<std::vector<double>> g;
  JointEvaluator joint;

  Networks(const std::vector<Index>& widths, Activation activation, Loss loss, Index n, bool bias,
           const Kernels& kernels)
      : joint(MlpProblem(widths, activation, loss, n, bias).shape, n, kernels) {
    for (Index l = 0; l < joint.lanes(); ++l) {
      problems.emplace_back(widths, activation, loss, n, bias, static_cast<unsigned>(10 + l));
      problems.back().shape.scale = 1.0 / static_cast<double>(1 + l);
      joint.place(l, problems.back().samples(), problems.back().shape.scale);
      g.emplace_back(problems.back().theta.size(), -7.0);
    }
  }
  std::vector<Call> calls() {
    std::vector<Call> all;
    for (std::size_t l = 0; l < problems.size(); ++l)
      all.push_back({problems[l].theta.data(), g[l].data()});
    return all;
  }
};

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

struct Case {
  std::vector<Index> widths;
  Index n;
  bool bias = true;
};

// One sample, fewer than a vector, a tile not quite full, one full, more than one; one layer, more
// features than a pass takes, widths beside the register shapes.
const std::vector<Case> cases = {{{3, 2}, 1},        {{2, 5, 1}, 3},   {{8, 8, 2}, 7, false},
                                 {{5, 1, 1, 2}, 16}, {{4, 13, 4}, 33}, {{1, 7, 5, 3}, 64, false},
                                 {{230, 4, 2}, 9}};

}  // namespace

TEST_CASE("networks evaluated together have the bits they have alone", "[joint]") {
  const auto check = [](const std::vector<Index>& widths, Activation activation, Loss loss, Index n,
                        bool bias) {
    for (const Kernels* kernels : all_kernels()) {
      Networks nets(widths, activation, loss, n, bias, *kernels);
      if (!JointEvaluator::fits(n, *kernels)) {
        CHECK(std::string(kernels->name) == "x86-64");  // more than one block of its short vectors
        continue;
      }
      auto calls = nets.calls();
      nets.joint.value_and_gradient(calls);
      for (std::size_t l = 0; l < calls.size(); ++l) {
        INFO(kernels->name << ", loss " << static_cast<int>(loss) << ", activation "
                           << static_cast<int>(activation) << ", input width " << widths[0]
                           << ", samples " << n << ", lane " << l);
        const auto& p = nets.problems[l];
        const MlpEvaluator alone(p.shape, p.samples(), Precision::f64, *kernels);
        std::vector<double> g(p.theta.size());
        CHECK(same_bits(calls[l].value, alone.value_and_gradient(p.theta.data(), g.data())));
        for (std::size_t i = 0; i < g.size(); ++i)
          if (!same_bits(nets.g[l][i], g[i])) {
            CAPTURE(i);
            CHECK(nets.g[l][i] == g[i]);
            FAIL_CHECK("bits differ");
            break;
          }
      }
    }
  };
  for (const auto& c : cases)
    for (const auto& [activation, name] : activations)
      for (const Loss loss : {Loss::mse, Loss::cross_entropy})
        check(c.widths, activation, loss, c.n, c.bias);
  check({3, 6, 1}, Activation::tanh, Loss::logistic, 20, true);
  check({3, 1}, Activation::identity, Loss::logistic, 5, false);
}

TEST_CASE("a lane that is not in use, or not finite, leaves the others alone", "[joint]") {
  for (const Kernels* kernels : all_kernels()) {
    Networks nets({3, 4, 2}, Activation::relu, Loss::mse, 10, true, *kernels);
    auto calls = nets.calls();
    nets.joint.value_and_gradient(calls);
    const auto g = nets.g;
    const double value = calls[0].value;
    for (auto& x : nets.g) std::fill(x.begin(), x.end(), -7.0);
    calls = nets.calls();
    nets.problems[1].theta[2] = 1e200;  // (1e200)^2 is not finite
    if (calls.size() > 2) calls[2].theta = nullptr;
    nets.joint.value_and_gradient(calls);
    CHECK(same_bits(calls[0].value, value));
    CHECK(nets.g[0] == g[0]);
    CHECK(std::isnan(calls[1].value));
    CHECK(nets.g[1][0] == -7.0);
    if (calls.size() > 2) CHECK(nets.g[2][0] == -7.0);
    // f = w3 w2 w1 x = 0 for w1 = 0, but df/dw1 is not finite.
    Networks steep({1, 1, 1, 1}, Activation::identity, Loss::mse, 3, false, *kernels);
    steep.problems[1].theta = {0.0, 1e200, 1e200};
    calls = steep.calls();
    steep.joint.value_and_gradient(calls);
    CHECK(std::isfinite(calls[0].value));
    CHECK(std::isnan(calls[1].value));
    CHECK(steep.g[1][0] == -7.0);
  }
}

TEST_CASE("what fills a vector by itself is not evaluated together", "[joint]") {
  const auto suits = [](const std::vector<Index>& widths, Index n) {
    return JointEvaluator::suits(MlpProblem(widths, Activation::tanh, Loss::mse, n).shape, n);
  };
  const Index tile = thalweg::mlp_kernel::active_kernels().f64.tile;
  CHECK(suits({3, 4, 2}, tile));
  CHECK_FALSE(suits({3, 4, 2}, tile + 1));
  CHECK(suits({3, 16, 2}, tile / 2));
  CHECK_FALSE(suits({3, 16, 2}, tile / 2 + 1));
  CHECK_FALSE(suits({300, 300, 2}, 4));  // not in the cache
}
