// Linear systems (I - c J) z = r of an implicit method, J = df/dx at a fixed point, for many r and
// c in turn. One orthonormal basis V with its products J V is kept for all of them: each system is
// first solved by projection on V (no products), then V grows by the residual, one product a
// vector, until the residual is small:
//   y = (I - c G)^{-1} V' r, G = V' J V,   z += V y,   r -= V y - c J V y   (r is orthogonal to V).
// For a symmetric J and an empty V these are the iterates of conjugate gradients with full
// orthogonalisation, otherwise those of Arnoldi's method. A system whose solution the basis already
// holds (other stages, the next step) costs no product. When V is full a symmetric system goes on
// with deflated conjugate gradients, which keep nothing.
// Sources: Saad, Iterative Methods for Sparse Linear Systems, 2003, ch. 6; Saad, Yeung, Erhel,
// Guyomarc'h, SIAM J. Sci. Comput. 21 (2000) 1909-1926.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/system.hpp>
#include <thalweg/solvers/step_control.hpp>

#include <memory>

namespace thalweg {

class KrylovSpace {
 public:
  /// `most_vectors` limits the basis: 2 vectors of the state's size are kept for each.
  KrylovSpace(const AnySystem& system, Index most_vectors);

  enum class Result {
    solved,
    indefinite,  ///< J is symmetric and I - c J is not positive definite: negative curvature
    failed       ///< no convergence within the limits, or a breakdown
  };

  /// Forgets the point and the basis.
  void reset();
  /// A new point; the basis is empty again.
  void linearise(In x, double t);
  [[nodiscard]] bool has_point() const { return has_point_; }
  /// z = (I - c J)^{-1} r until the residual, left in r, is below `tolerance` in the error norm of
  /// a state x: RMS of r_i / (atol + rtol |x_i|).
  Result solve(double c, Vec& r, Vec& z, In x, const StepControl& control, double tolerance);
  /// r <- (I - c J)^{-1} r on the span of the basis, r itself on its complement; no products.
  void filter(double c, Vec& r);

  [[nodiscard]] bool exact_products() const { return system_.has_jvp(); }
  [[nodiscard]] Index size() const { return m_; }
  [[nodiscard]] Index capacity() const { return capacity_; }
  /// max |J v| over the basis: a lower bound of |J|, 0 as long as no product was needed.
  [[nodiscard]] double largest_product() const { return largest_; }
  /// Jacobian products so far, resets included.
  [[nodiscard]] std::int64_t products() const { return products_; }

  void save(Archive& archive, const std::string& prefix) const;
  void load(const Archive& archive, const std::string& prefix);

 private:
  void set_shift(double c);
  bool append_to_factors(Index j);
  void project(Vec& r, Vec& z);
  bool grow(const Vec& r);
  Result conjugate_gradients(Vec& r, Vec& z, In x, const StepControl& control, double tolerance);
  void product(MatIn v, MatOut Jv);

  AnySystem system_;
  bool symmetric_;
  Index capacity_;
  std::unique_ptr<Linearisation> at_;
  bool has_point_ = false;
  double t_ = 0.0, c_ = 0.0, largest_ = 0.0;
  Index m_ = 0, factored_ = 0;
  Mat V_, JV_;  // (n, most_vectors)
  Mat G_, LU_;  // V' J V, and the factors of I - c G without pivoting
  Vec x_, f_;   // the point; f there only where products are differences
  Vec y_, u_, w_, p_, Ap_, shifted_;
  std::int64_t products_ = 0;
};

}  // namespace thalweg
