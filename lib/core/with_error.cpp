#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/with_error.hpp>

namespace thalweg {

std::string with_error(double value, double error, const char* sign) {
  if (!std::isfinite(value) || !std::isfinite(error) || !(error > 0.0))
    return fmt::format("{:.6g}{}{:.2g}", value, sign, error);
  // Of the error as it will be rounded: 0.0996 is 0.10.
  int digits = 1 - static_cast<int>(std::floor(std::log10(error)));
  if (std::round(error * std::pow(10.0, digits)) >= 100.0) --digits;
  // What decimals would need more digits than a double has is told by its powers.
  if (digits > 12 || std::abs(value) >= 1e12)
    return fmt::format("{:.15g}{}{:.2g}", value, sign, error);
  const int decimals = std::max(digits, 0);
  return fmt::format("{:.{}f}{}{:.{}f}", value, decimals, sign, error, decimals);
}

}  // namespace thalweg
