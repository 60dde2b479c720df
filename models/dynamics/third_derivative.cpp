#include <thalweg/models/dynamics/third_derivative.hpp>

#include <algorithm>

namespace thalweg {

double third_derivative(const AnyPotential& potential, In q, In u, In v, Out Tuv) {
  if (potential.has_third()) {
    potential.third(q, u, v, Tuv);
    return 0.0;
  }
  Tuv.setZero();
  const double size = u.norm();
  if (size == 0.0) return 0.0;
  thread_local Vec moved, plus, minus, fourth;
  fourth = Vec::Zero(q.size());
  plus.resize(q.size());
  minus.resize(q.size());
  const double s = 0.01 * std::max(1.0, q.lpNorm<Eigen::Infinity>());
  constexpr double six[] = {45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0},
                   four[] = {8.0 / 12.0, -1.0 / 12.0, 0.0};
  for (int k = 1; k <= 3; ++k) {
    moved = q + (k * s / size) * u;
    potential.hvp(moved, v, plus);
    moved = q - (k * s / size) * u;
    potential.hvp(moved, v, minus);
    plus -= minus;
    Tuv += (six[k - 1] * size / s) * plus;
    fourth += (four[k - 1] * size / s) * plus;
  }
  return (Tuv - fourth).norm();
}

}  // namespace thalweg
