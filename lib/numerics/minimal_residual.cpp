#include <thalweg/numerics/minimal_residual.hpp>

#include <cmath>
#include <thalweg/core/reduce.hpp>
#include <utility>

namespace thalweg {

LinearSolution minimal_residual(const SymmetricProduct& A, In b, Out x, double tolerance,
                                Index max_products) {
  LinearSolution solution;
  x.setZero();
  const double size = norm(b);
  if (size == 0.0) {
    solution.converged = true;
    return solution;
  }
  const Index n = b.size();
  Mat v = b / size, Av(n, 1);
  Vec v_before = Vec::Zero(n), w = Vec::Zero(n), w_before = Vec::Zero(n);
  // Givens rotations make the tridiagonal matrix (beta, alpha, beta_next) triangular as it grows.
  double beta = 0.0, c = 1.0, c_before = 1.0, s = 0.0, s_before = 0.0, residual = size;
  while (solution.products < max_products) {
    A(v, Av);
    ++solution.products;
    const double alpha = dot(v.col(0), Av.col(0));
    Av.col(0) -= alpha * v.col(0) + beta * v_before;
    const double beta_next = norm(Av.col(0));
    const double diagonal = c * alpha - c_before * s * beta;
    const double r1 = std::hypot(diagonal, beta_next);
    const double r2 = s * alpha + c_before * c * beta, r3 = s_before * beta;
    if (!(r1 > 0.0)) break;  // singular, and b is not in its range
    c_before = std::exchange(c, diagonal / r1);
    s_before = std::exchange(s, beta_next / r1);
    w_before = (v.col(0) - r3 * w_before - r2 * w) / r1;
    w.swap(w_before);
    x += c * residual * w;
    residual *= -s;
    if (std::abs(residual) <= tolerance * size) {
      solution.converged = true;
      break;
    }
    v_before = v.col(0);
    v.col(0) = Av.col(0) / beta_next;
    beta = beta_next;
  }
  solution.residual = std::abs(residual) / size;
  return solution;
}

}  // namespace thalweg
