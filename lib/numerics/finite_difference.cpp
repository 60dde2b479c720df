#include <thalweg/numerics/finite_difference.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace thalweg {

Difference difference(const std::function<void(double, Out)>& f, Index size, double h) {
  constexpr Index rows = 16;
  constexpr double c = 1.8;
  Difference best{Vec::Zero(size), std::numeric_limits<double>::infinity()};
  // Neville's scheme in h^2: column j has lost the error terms up to h^(2j).
  Mat row(size, rows), above(size, rows);
  Vec plus(size), minus(size);
  for (Index i = 0; i < rows; ++i, h /= c) {
    f(h, plus);
    f(-h, minus);
    row.col(0) = (plus - minus) / (2.0 * h);
    double power = c * c;
    for (Index j = 1; j <= i; ++j, power *= c * c) {
      row.col(j) = (power * row.col(j - 1) - above.col(j - 1)) / (power - 1.0);
      const double error =
          std::max((row.col(j) - row.col(j - 1)).norm(), (row.col(j) - above.col(j - 1)).norm());
      if (error <= best.error) best = {row.col(j), error};
    }
    // Rounding has taken over: smaller steps only get worse.
    if (i > 0 && (row.col(i) - above.col(i - 1)).norm() >= 2.0 * best.error && best.error > 0.0)
      break;
    std::swap(row, above);
  }
  return best;
}

}  // namespace thalweg
