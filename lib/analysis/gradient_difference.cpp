#include <thalweg/analysis/gradient_difference.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <thalweg/numerics/finite_difference.hpp>

namespace thalweg {

GradientDifference gradient_difference(const AnyPotential& potential, In q, int directions,
                                       const std::function<double(In)>& value) {
  const Index n = potential.dim();
  GradientDifference out{.gradient = Vec(n)};
  potential.gradient(q, out.gradient);
  const double typical = std::max(out.gradient.norm() / std::sqrt(static_cast<double>(n)), 1e-300);
  Vec u(n), moved(n);
  for (int k = 0; k < directions; ++k) {
    Rng rng(7, "gradient_difference " + std::to_string(k));
    rng.fill_normal(u);
    u.normalize();
    const auto d = difference(
        [&](double s, Out L) {
          moved = q + s * u;
          L[0] = value ? value(moved) : potential.value(moved);
        },
        1, 0.1 * (1.0 + q.lpNorm<Eigen::Infinity>()));
    out.difference = std::max(out.difference, std::abs(d.value[0] - out.gradient.dot(u)) / typical);
    out.own_error = std::max(out.own_error, d.error / typical);
  }
  return out;
}

}  // namespace thalweg
