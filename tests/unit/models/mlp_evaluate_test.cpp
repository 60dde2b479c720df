// What surrounds the kernel: threads, batches, new samples, memory, errors, instruction sets.
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>

#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "../../support/catch.hpp"
#include "../../support/malloc_count.hpp"
#include "../../support/mlp_problem.hpp"

using namespace thalweg::test;
using thalweg::ConfigError;
using thalweg::ModelError;

namespace {

struct Threads {  // restores the number of threads
  explicit Threads(int n) { thalweg::set_threads(n); }
  ~Threads() { thalweg::set_threads(before); }
  int before = thalweg::threads();
};

const std::vector<Precision> precisions = {Precision::f64, Precision::f32};

}  // namespace

TEST_CASE("results have the same bits for any number of threads") {
  for (const Precision precision : precisions)
    for (const Index n : {1, 100, 1797, 9000}) {
      MlpProblem p({9, 20, 11, 5}, Activation::tanh, Loss::cross_entropy, n);
      const std::vector<double> V = p.normal(2 * p.n_parameters());
      const MlpEvaluator evaluator(p.shape, p.samples(), precision);
      std::vector<std::vector<double>> gradients, products;
      std::vector<double> losses;
      for (const int n_threads : {1, 2, 3}) {
        const Threads guard(n_threads);
        losses.push_back(evaluator.value(p.theta.data()));
        gradients.push_back(gradient(evaluator, p.theta));
        products.push_back(hessian_product(evaluator, p.theta, V));
      }
      for (int i : {1, 2}) {
        CHECK(losses[i] == losses[0]);
        CHECK((gradients[i] == gradients[0]));
        CHECK((products[i] == products[0]));
      }
    }
}

TEST_CASE("calls from several threads at once give the same bits") {
  const MlpProblem p({9, 20, 11, 5}, Activation::gelu, Loss::mse, 700);
  const MlpEvaluator evaluator(p.shape, p.samples());
  const std::vector<double> expected = gradient(evaluator, p.theta);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&, t] {
      for (int repeat = 0; repeat < 20; ++repeat)
        wrong[t] += gradient(evaluator, p.theta) != expected;
    });
  for (auto& caller : callers) caller.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("repeated calls allocate nothing") {
  const Threads guard(2);
  for (const Precision precision : precisions) {
    MlpProblem p({9, 20, 11, 5}, Activation::tanh, Loss::cross_entropy, 1000);
    const MlpEvaluator evaluator(p.shape, p.samples(), precision);
    const Index n = p.n_parameters();
    const std::vector<double> V = p.normal(4 * n);
    std::vector<double> g(n), HV(4 * n), f(1000 * 5);
    std::vector<Index> batch(100);
    std::iota(batch.begin(), batch.end(), 13);
    const auto calls = [&] {
      double total = evaluator.value(p.theta.data());
      total += evaluator.value_and_gradient(p.theta.data(), g.data());
      total += evaluator.value_and_gradient(p.theta.data(), batch.data(), 100, g.data());
      evaluator.hvp(p.theta.data(), V.data(), n, HV.data(), n, 4);
      const auto linearisation = evaluator.at(p.theta.data());
      linearisation.hvp(V.data(), n, HV.data(), n, 4);
      linearisation.gradient(g.data());
      evaluator.outputs(p.theta.data(), f.data());
      evaluator.outputs(p.theta.data(), p.x.data(), 1000, f.data());
      total += evaluator.accuracy(p.theta.data());
      return total + evaluator.value(p.theta.data(), p.samples());
    };
    const double first = calls();
    const std::size_t before = thalweg::test::malloc_count();
    double difference = 0;
    for (int i = 0; i < 5; ++i) difference += calls() - first;
    const std::size_t after = thalweg::test::malloc_count();
    CHECK(after == before);
    CHECK(difference == 0);
  }
}

TEST_CASE("instruction sets agree within rounding") {
  const MlpProblem p({10, 33, 17, 6}, Activation::gelu, Loss::cross_entropy, 500);
  const auto kernels = all_kernels();
  const std::vector<double> expected =
      gradient(MlpEvaluator(p.shape, p.samples(), Precision::f64, *kernels[0]), p.theta);
  for (const Kernels* k : kernels) {
    INFO(k->name);
    const MlpEvaluator evaluator(p.shape, p.samples(), Precision::f64, *k);
    CHECK(&evaluator.kernels() == k);
    CHECK(relative_distance(gradient(evaluator, p.theta), expected) <= 1e-13);
  }
}

TEST_CASE("a batch of all samples has the full gradient, and a part that of the part") {
  for (const Precision precision : precisions)
    for (const Loss loss : {Loss::mse, Loss::cross_entropy}) {
      MlpProblem p({9, 20, 5}, Activation::tanh, loss, 701);
      const MlpEvaluator evaluator(p.shape, p.samples(), precision);
      std::vector<double> g(p.theta.size());
      std::vector<Index> all(701);
      std::iota(all.begin(), all.end(), 0);
      const double value = evaluator.value_and_gradient(p.theta.data(), all.data(), 701, g.data());
      CHECK(value == evaluator.value(p.theta.data()));
      CHECK((g == gradient(evaluator, p.theta)));

      const std::vector<Index> batch = {5, 700, 5, 0, 333, 64, 65};  // a repeat counts twice
      const auto m = static_cast<Index>(batch.size());
      std::vector<double> x, y;
      std::vector<int> labels;
      for (const Index s : batch) {
        x.insert(x.end(), p.x.begin() + s * 9, p.x.begin() + (s + 1) * 9);
        y.insert(y.end(), p.y.begin() + s * 5, p.y.begin() + (s + 1) * 5);
        labels.push_back(p.labels[s]);
      }
      const MlpSamples part = {m, x.data(), y.data(), labels.data()};
      const MlpEvaluator on_part(p.shape, part, precision);
      CHECK(evaluator.value_and_gradient(p.theta.data(), batch.data(), m, g.data()) ==
            on_part.value(p.theta.data()));
      CHECK((g == gradient(on_part, p.theta)));
      CHECK(evaluator.value(p.theta.data(), part) == on_part.value(p.theta.data()));
      CHECK(evaluator.accuracy(p.theta.data(), part) == on_part.accuracy(p.theta.data()));
    }
}

TEST_CASE("outputs and accuracy of new samples") {
  const MlpProblem p({4, 8, 3}, Activation::relu, Loss::cross_entropy, 321);
  const MlpEvaluator evaluator(p.shape, p.samples());
  std::vector<double> f(321 * 3), new_f(100 * 3);
  evaluator.outputs(p.theta.data(), f.data());
  evaluator.outputs(p.theta.data(), p.x.data() + 4 * 50, 100, new_f.data());
  CHECK((new_f == std::vector<double>(f.begin() + 3 * 50, f.begin() + 3 * 150)));
  int hits = 0;
  for (Index s = 0; s < 321; ++s) {
    const auto row = f.begin() + 3 * s;
    hits += std::max_element(row, row + 3) - row == p.labels[s];
  }
  CHECK(evaluator.accuracy(p.theta.data()) == Approx(hits / 321.0));
  CHECK(hits > 0);
  CHECK(hits < 321);
}

TEST_CASE("errors name the value and the rule") {
  MlpProblem p({4, 8, 3}, Activation::tanh, Loss::cross_entropy, 10);
  const auto make = [&] { MlpEvaluator(p.shape, p.samples()); };
  p.labels[4] = 3;
  CHECK_THROWS_WITH(make(), "label 3 of sample 4 must lie in [0, 3)");
  p.labels[4] = 0;
  const MlpEvaluator evaluator(p.shape, p.samples());
  std::vector<double> g(p.theta.size());
  const Index batch[] = {3, 10};
  CHECK_THROWS_WITH(evaluator.value_and_gradient(p.theta.data(), batch, 2, g.data()),
                    "sample 10 of a batch must lie in [0, 10)");
  CHECK_THROWS_WITH(evaluator.value_and_gradient(p.theta.data(), batch, 0, g.data()),
                    "a batch needs at least one sample");
  p.shape.widths = {4, 0, 3};
  CHECK_THROWS_WITH(make(), "network width 0 must be at least 1");
  p.shape.widths = {4};
  CHECK_THROWS_AS(make(), ModelError);
  p.shape.widths = {4, 3};
  p.shape.loss = Loss::logistic;
  CHECK_THROWS_WITH(make(),
                    "logistic loss needs one output, not 3; use cross_entropy for more classes");
}

TEST_CASE("the instruction set can be chosen by name") {
  using namespace thalweg::mlp_kernel;
  const std::string before = instruction_set();
  for (const Kernels* kernels : available_kernels()) {
    set_instruction_set(kernels->name);
    CHECK(instruction_set() == kernels->name);
    const MlpProblem p({2, 2}, Activation::tanh, Loss::mse, 3);
    CHECK(&MlpEvaluator(p.shape, p.samples()).kernels() == kernels);
  }
  CHECK_THROWS_AS(set_instruction_set("x86-64-v9"), ConfigError);
  CHECK_THROWS_WITH(set_instruction_set("x86-64-v9"),
                    Catch::Contains("'x86-64-v9'") && Catch::Contains("choose one of x86-64"));
  set_instruction_set(before);
}
