// Gaussians as variational families: how a flat parameter vector stands for N(m, S).
#pragma once
#include <thalweg/core/layout.hpp>
#include <thalweg/core/types.hpp>

#include <string>

namespace thalweg {

/// q(theta) = N(m, S) with theta = m + R z, z standard normal, S = R R':
///   mean_field  R = diag(exp rho)             parameters m (d), rho (d)
///   full_rank   R = L, lower triangular       m, ln L_ii (d), L below the diagonal row by row
///   low_rank    R = [diag(exp rho), B]        m, rho, B (d x r) row by row
class GaussianFamily {
 public:
  enum class Kind { mean_field, full_rank, low_rank };
  GaussianFamily(Kind kind, Index d, Index rank);

  [[nodiscard]] Index dim() const { return d_; }
  /// Numbers that describe a member.
  [[nodiscard]] Index size() const;
  /// Standard normals that a draw needs.
  [[nodiscard]] Index normals() const { return kind_ == Kind::low_rank ? d_ + rank_ : d_; }
  /// Blocks of the parameters, their names ending in `suffix`.
  [[nodiscard]] Layout layout(Index offset, const std::string& suffix) const;
  /// N(mean, sd^2); the columns of B start as small multiples of the unit vectors, since B = 0
  /// would be a stationary point.
  void start(In mean, double sd, Out w) const;

  /// theta = m + R z.
  void transform(In w, In z, Out theta) const;
  /// Adds to g the derivative of u . theta(w): u for m, u z' for R, down to w.
  void pull_back(In w, In z, In u, double weight, Out g) const;
  /// R itself, shape (d, normals()).
  void factor(In w, Mat& R) const;
  /// Adds to g what dR, the derivative with respect to R, is in terms of w.
  void pull_back_factor(In w, const Mat& dR, Out g) const;

  /// The derivatives of the above in the direction v of w: of theta and R, and of what pull_back
  /// and pull_back_factor add (the exponentials alone bend: for ln of a diagonal entry of R).
  void transform_tangent(In w, In z, In v, Out theta) const;
  void factor_tangent(In w, In v, Mat& R) const;
  void pull_back_tangent(In w, In z, In u, In v, double weight, Out g) const;
  void pull_back_factor_tangent(In w, const Mat& dR, In v, Out g) const;

  /// S[q] = (d/2)(1 + ln 2 pi) + (1/2) ln det S; `scale` times its gradient is added to g.
  double entropy(In w, double scale, Out g) const;
  /// `scale` times the Hessian of S times v is added to Hv.
  void entropy_hvp(In w, In v, double scale, Out Hv) const;
  [[nodiscard]] Mat covariance(In w) const;

 private:
  // Offset of L(i, 0) among the entries below the diagonal.
  [[nodiscard]] Index row(Index i) const { return 2 * d_ + i * (i - 1) / 2; }

  Kind kind_;
  Index d_, rank_;
};

}  // namespace thalweg
