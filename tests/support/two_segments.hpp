// A continuous line of two straight pieces through points, by least squares.
#pragma once
#include <Eigen/Dense>
#include <limits>
#include <vector>

struct TwoSegments {
  double break_at = 0.0;             ///< x where the pieces meet
  double before = 0.0, after = 0.0;  ///< slopes
  double residual = 0.0;             ///< sum of squares
};

/// y ~ a + b x + c max(0, x - s). For a given s that is linear least squares; s is scanned over the
/// points but the two at each end, so it is exact to the spacing of x (Hudson, J. Am. Stat. Assoc.
/// 61, 1966).
inline TwoSegments two_segments(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<Eigen::Index>(x.size());
  const Eigen::Map<const Eigen::ArrayXd> X(x.data(), n);
  const Eigen::Map<const Eigen::VectorXd> Y(y.data(), n);
  // The columns 1 and x are there for every break: orthonormal once, they leave one new direction.
  const Eigen::VectorXd e = Eigen::VectorXd::Constant(n, 1.0 / std::sqrt(static_cast<double>(n)));
  Eigen::VectorXd l = (X - X.mean()).matrix().normalized();
  const auto without = [&](Eigen::VectorXd v) {
    v -= e * e.dot(v);
    v -= l * l.dot(v);
    return v;
  };
  const Eigen::VectorXd rest = without(Y);
  TwoSegments best;
  best.residual = std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 2; i + 2 < n; ++i) {
    const double s = x[static_cast<std::size_t>(i)];
    const Eigen::VectorXd h = (X - s).max(0.0).matrix(), left = without(h);
    const double c = left.dot(rest) / left.squaredNorm();
    const double residual = (rest - c * left).squaredNorm();
    if (residual >= best.residual) continue;
    const Eigen::VectorXd straight = Y - c * h;
    const double slope = l.dot(straight) / (X - X.mean()).matrix().norm();
    best = {s, slope, slope + c, residual};
  }
  return best;
}
