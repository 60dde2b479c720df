#include <thalweg/numerics/gauss_hermite.hpp>

#include <cmath>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

GaussHermite::GaussHermite(Index n) {
  Mat jacobi = Mat::Zero(n, n);  // of the probabilists' Hermite polynomials
  for (Index i = 1; i < n; ++i) jacobi(i, i - 1) = std::sqrt(static_cast<double>(i));
  const auto eigen = symmetric_eigen(jacobi);
  nodes = eigen.values;
  weights = eigen.vectors.row(0).transpose().array().square();
  // Symmetric to the last bit, so that odd functions have mean 0.
  nodes = (0.5 * (nodes - nodes.reverse())).eval();
  weights = (0.5 * (weights + weights.reverse())).eval();
  weights /= weights.sum();
}

}  // namespace thalweg
