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
  // Where decimals would be many, or none are there, significant digits with a power of ten.
  if (digits > 12 || std::abs(value) >= 1e12) {
    const int leading =
        value != 0.0 ? static_cast<int>(std::floor(std::log10(std::abs(value)))) : 0;
    return fmt::format("{:.{}g}{}{:.2g}", value, std::clamp(leading + 1 + digits, 1, 15), sign,
                       error);
  }
  const int decimals = std::max(digits, 0);
  return fmt::format("{:.{}f}{}{:.{}f}", value, decimals, sign, error, decimals);
}

}  // namespace thalweg
