// Random networks with random samples for the kernel's tests, and every kernel there is to test.
#pragma once
#include <thalweg/models/networks/kernel/mlp_evaluate.hpp>

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace thalweg::test {

using mlp_kernel::Activation;
using mlp_kernel::Index;
using mlp_kernel::Kernels;
using mlp_kernel::Loss;
using mlp_kernel::Matrix;
using mlp_kernel::MlpEvaluator;
using mlp_kernel::MlpSamples;
using mlp_kernel::MlpShape;
using mlp_kernel::Precision;

inline const std::vector<std::pair<Activation, std::string>> activations = {
    {Activation::identity, "identity"}, {Activation::tanh, "tanh"},
    {Activation::relu, "relu"},         {Activation::gelu, "gelu"},
    {Activation::erf, "erf"},           {Activation::sigmoid, "sigmoid"},
    {Activation::softplus, "softplus"}};

/// The code of the widest vectors, built for the plainest processor, so that its register shape is
/// tested on machines without AVX-512 (mlp_kernel_wide.cpp).
const Kernels& kernels_wide();

/// The kernels of this processor, and kernels_wide.
inline std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> all = mlp_kernel::available_kernels();
  all.push_back(&kernels_wide());
  return all;
}

struct MlpProblem {
  MlpShape shape;
  std::vector<double> x, y, theta;
  std::vector<int> labels;
  std::mt19937_64 random;

  MlpProblem(std::vector<Index> widths, Activation activation, Loss loss, Index n, bool bias = true,
             unsigned seed = 1)
      : shape{std::move(widths), activation, loss, bias, 1.25}, random(seed) {
    x = normal(n * shape.inputs());
    y = normal(n * shape.outputs());
    const int classes = shape.outputs() == 1 ? 2 : static_cast<int>(shape.outputs());
    for (Index s = 0; s < n; ++s) labels.push_back(static_cast<int>(random() % classes));
    for (std::size_t l = 1; l < shape.widths.size(); ++l) {
      const Index in = shape.widths[l - 1], out = shape.widths[l];
      for (const double w : normal(in * out + (bias ? out : 0)))
        theta.push_back(1.2 * w / std::sqrt(static_cast<double>(in)));
    }
  }

  [[nodiscard]] Index n() const { return static_cast<Index>(labels.size()); }
  [[nodiscard]] Index n_parameters() const { return static_cast<Index>(theta.size()); }
  [[nodiscard]] MlpSamples samples() const { return {n(), x.data(), y.data(), labels.data()}; }

  std::vector<double> normal(Index size) {
    std::normal_distribution<double> distribution;
    std::vector<double> v(static_cast<std::size_t>(size));
    for (double& z : v) z = distribution(random);
    return v;
  }
};

inline std::vector<double> gradient(const MlpEvaluator& evaluator,
                                    const std::vector<double>& theta) {
  std::vector<double> g(theta.size());
  evaluator.value_and_gradient(theta.data(), g.data());
  return g;
}

inline std::vector<double> hessian_product(const MlpEvaluator& evaluator,
                                           const std::vector<double>& theta,
                                           const std::vector<double>& v) {
  const auto n = static_cast<Index>(theta.size());
  std::vector<double> hv(v.size());
  evaluator.hvp(theta.data(), v.data(), n, hv.data(), n, static_cast<Index>(v.size()) / n);
  return hv;
}

/// |a - b| / |b| in the Euclidean norm; NaN if any number is.
template <class A, class B>
double relative_distance(const A& a, const B& b) {
  long double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return static_cast<double>(std::sqrt(difference / norm));
}

}  // namespace thalweg::test
