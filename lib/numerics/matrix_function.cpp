#include <thalweg/numerics/matrix_function.hpp>

#include <algorithm>
#include <limits>
#include <thalweg/core/reduce.hpp>
#include <thalweg/numerics/dense.hpp>
#include <vector>

namespace thalweg {

namespace {

// |b| f(T) e_1 in the basis of the Krylov vectors.
Vec coefficients(const std::function<double(double)>& f, const std::vector<double>& alpha,
                 const std::vector<double>& beta, double size) {
  const auto m = static_cast<Index>(alpha.size());
  Mat T = Mat::Zero(m, m);
  for (Index i = 0; i < m; ++i) {
    T(i, i) = alpha[static_cast<std::size_t>(i)];
    if (i + 1 < m) T(i + 1, i) = T(i, i + 1) = beta[static_cast<std::size_t>(i)];
  }
  const SymmetricEigen eigen = symmetric_eigen(T);
  const Vec weights = eigen.values.unaryExpr(f).cwiseProduct(eigen.vectors.row(0).transpose());
  return size * eigen.vectors * weights;
}

}  // namespace

LinearSolution matrix_function(const std::function<double(double)>& f, const SymmetricProduct& A,
                               In b, Out x, double tolerance, Index max_products) {
  constexpr Index between_tests = 5;
  LinearSolution solution;
  x.setZero();
  const double size = norm(b);
  if (size == 0.0) {
    solution.converged = true;
    return solution;
  }
  const Index n = b.size(), most = std::min(max_products, n);
  std::vector<Mat> V{b / size};
  std::vector<double> alpha, beta;
  Vec y, before;
  Mat Av(n, 1);
  solution.residual = std::numeric_limits<double>::infinity();
  while (solution.products < most) {
    A(V.back(), Av);
    ++solution.products;
    alpha.push_back(dot(V.back().col(0), Av.col(0)));
    for (int twice = 0; twice < 2; ++twice)
      for (const Mat& v : V) Av.col(0) -= dot(v.col(0), Av.col(0)) * v.col(0);
    beta.push_back(norm(Av.col(0)));
    const double scale = std::abs(alpha.back()) + beta.back();
    const bool whole =
        solution.products == n || beta.back() <= 1e-14 * std::max(scale, std::abs(alpha.front()));
    if (whole || solution.products % between_tests == 0 || solution.products == most) {
      before = y;
      y = coefficients(f, alpha, beta, size);
      if (before.size() > 0)
        solution.residual = std::hypot(norm(y.head(before.size()) - before),
                                       norm(y.tail(y.size() - before.size()))) /
                            norm(y);
      solution.converged = whole || solution.residual <= tolerance;
      if (whole) solution.residual = 0.0;
      if (solution.converged) break;
    }
    V.push_back(Av / beta.back());
  }
  for (Index i = 0; i < y.size(); ++i) x += y[i] * V[static_cast<std::size_t>(i)].col(0);
  return solution;
}

}  // namespace thalweg
