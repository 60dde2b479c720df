#include <thalweg/chaos/orthonormalise.hpp>

#include <cmath>
#include <limits>

namespace thalweg {

void orthonormalise(MatOut V, Out log_r) {
  constexpr double lost = 4.0 * std::numeric_limits<double>::epsilon();
  for (Index j = 0; j < V.cols(); ++j) {
    auto v = V.col(j);
    const double before = v.stableNorm();
    for (int pass = 0; pass < 2; ++pass)
      for (Index i = 0; i < j; ++i) v -= V.col(i).dot(v) * V.col(i);
    const double after = v.stableNorm();
    if (after <= lost * before || after < std::numeric_limits<double>::min()) {
      log_r[j] = -std::numeric_limits<double>::infinity();
      v.setZero();
      continue;
    }
    log_r[j] = std::log(after);
    v /= after;
  }
}

}  // namespace thalweg
