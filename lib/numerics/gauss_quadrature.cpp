#include <thalweg/numerics/gauss_quadrature.hpp>

#include <cmath>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {

// Of a weight that is even and integrates to 1; off(i) stands beside the diagonal's entries i-1, i.
template <class F>
Quadrature symmetric_rule(Index n, F off) {
  Mat jacobi = Mat::Zero(n, n);
  for (Index i = 1; i < n; ++i) jacobi(i, i - 1) = off(static_cast<double>(i));
  const auto eigen = symmetric_eigen(jacobi);
  Quadrature rule{eigen.values, eigen.vectors.row(0).transpose().array().square()};
  // Symmetric to the last bit, so that odd functions have mean 0.
  rule.nodes = (0.5 * (rule.nodes - rule.nodes.reverse())).eval();
  rule.weights = (0.5 * (rule.weights + rule.weights.reverse())).eval();
  rule.weights /= rule.weights.sum();
  return rule;
}

}  // namespace

Quadrature gauss_hermite(Index n) {
  return symmetric_rule(n, [](double i) { return std::sqrt(i); });
}

Quadrature gauss_legendre(Index n) {
  auto rule = symmetric_rule(n, [](double i) { return i / std::sqrt(4.0 * i * i - 1.0); });
  rule.nodes = 0.5 * (rule.nodes.array() + 1.0);
  return rule;
}

}  // namespace thalweg
