#include <thalweg/run/condition_number.hpp>

#include <cmath>
#include <limits>

namespace thalweg {

ConditionNumber condition_number(const EigenPairs& pairs, Index high, Index low) {
  using Status = ConditionNumber::Status;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double top = pairs.values[high], bottom = pairs.values[low];
  const double top_error = pairs.residuals[high], bottom_error = pairs.residuals[low];
  if (!std::isfinite(top) || !std::isfinite(bottom)) return {nan, nan, Status::not_converged};
  if (bottom < -bottom_error) return {nan, nan, Status::indefinite};
  if (bottom <= bottom_error) return {nan, nan, Status::not_resolved};
  const double value = top / bottom;
  return {value, (top + top_error) / (bottom - bottom_error) - value, Status::defined};
}

}  // namespace thalweg
