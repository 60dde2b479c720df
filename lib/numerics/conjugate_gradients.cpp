#include <thalweg/numerics/conjugate_gradients.hpp>

#include <cmath>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

LinearSolution conjugate_gradients(const SymmetricProduct& A, In b, Out x, double tolerance,
                                   Index max_products) {
  LinearSolution solution;
  x.setZero();
  const double size = norm(b);
  if (size == 0.0) {
    solution.converged = true;
    return solution;
  }
  Vec r = b;
  Mat p = r, Ap(b.size(), 1);
  double rr = dot(r, r);
  while (solution.products < max_products) {
    A(p, Ap);
    ++solution.products;
    const double curvature = dot(p.col(0), Ap.col(0));
    if (!(curvature > 0.0)) {
      solution.indefinite = true;
      break;
    }
    const double alpha = rr / curvature;
    x += alpha * p.col(0);
    r -= alpha * Ap.col(0);
    const double before = rr;
    rr = dot(r, r);
    if (std::sqrt(rr) <= tolerance * size) {
      solution.converged = true;
      break;
    }
    p.col(0) = r + (rr / before) * p.col(0);
  }
  solution.residual = std::sqrt(rr) / size;
  return solution;
}

}  // namespace thalweg
