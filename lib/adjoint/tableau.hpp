// Explicit Runge-Kutta methods as tables of numbers, for solvers that are differentiated stage by
// stage:
//
//   Y_i = y + h sum_{j<i} a_ij k_j,  k_i = f(Y_i, z + c_i h),  i = 0 .. s-1
//   y_new = y + h sum_i b_i k_i,     k_s = f(y_new, z + h)     (the first stage of the next step)
//   y(z + sigma h) = y + h sum_{i<=s} b_i(sigma) k_i,  b_i(sigma) = sum_p dense(i, p) sigma^(p+1)
#pragma once
#include <thalweg/core/types.hpp>

#include <string>
#include <vector>

namespace thalweg {

struct Tableau {
  std::string name{};
  int order = 0;
  Index stages = 0;  ///< s, without the one at the end of the step
  Mat A{};           ///< shape (s + 1, s); its last row is b: k_s belongs to y_new
  Vec c{};           ///< s + 1
  Vec error{};       ///< error = h sum_i error_i k_i, i <= s; empty when there is no estimate
  Mat dense{};       ///< shape (s + 1, degree)

  [[nodiscard]] double b(Index i) const { return A(stages, i); }
  [[nodiscard]] bool adaptive() const { return error.size() > 0; }
  /// b_i(sigma)
  [[nodiscard]] double weight(Index i, double sigma) const;
};

/// euler, midpoint, heun2, rk4 with cubic Hermite interpolation; dopri5 with its quartic of
/// order 4.
/// @throws ModelError when there is none of that name.
const Tableau& tableau(const std::string& name);
std::vector<std::string> tableau_names();

}  // namespace thalweg
