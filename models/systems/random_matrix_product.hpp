// x <- A_n x with independent random matrices: deep linear layers, and the only many-dimensional
// products whose exponents are known in closed form.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <cmath>
#include <string>

namespace thalweg {

struct RandomMatrixProduct {
  Index size = 4, seed = 0;
  double sigma = 1.0;

  static Doc doc() {
    return {.summary = "product of independent Gaussian matrices, a deep linear network",
            .equation =
                "x <- A_n x, (A_n)_ij ~ N(0, sigma^2/N);\n"
                "l_k = (ln(2 sigma^2/N) + psi((N - k + 1)/2))/2",
            .source =
                "Newman, The distribution of Lyapunov exponents: exact results for random "
                "matrices, 1986"};
  }
  void fields(Fields& f) {
    f("size", size, "1", "N", between(1, 1000));
    f("sigma", sigma, "1", "standard deviation of the entries times sqrt(N)", positive());
    f("seed", seed, "1", "of the matrices", at_least(0));
  }
  [[nodiscard]] Index dim() const { return size; }
  void apply(In x, Out next, Index n) const { next.noalias() = matrix(n) * x; }
  void tangent(In, MatIn V, MatOut DFV, Index n) const { DFV.noalias() = matrix(n) * V; }
  /// The fixed point 0: products are what the tangents see.
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Zero(size); }

 private:
  // Matrix n has numbers of its own, whenever it is asked for.
  [[nodiscard]] Mat matrix(Index n) const {
    Mat A(size, size);
    Rng rng(static_cast<std::uint64_t>(seed), "matrix " + std::to_string(n));
    rng.fill_normal(Eigen::Map<Vec>(A.data(), A.size()));
    return A * (sigma / std::sqrt(static_cast<double>(size)));
  }
};

}  // namespace thalweg
