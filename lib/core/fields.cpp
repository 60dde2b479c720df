#include <thalweg/core/fields.hpp>

#include <fmt/format.h>

#include <thalweg/core/names.hpp>

namespace thalweg {

bool Rule::allows(double value) const {
  // Written so that NaN fails every bounded rule.
  const bool above = low_open ? value > low : value >= low;
  const bool below = high_open ? value < high : value <= high;
  return above && below;
}

std::string Rule::text() const {
  if (!choices.empty()) return "must be " + quoted_list(choices);
  const bool has_low = low > -std::numeric_limits<double>::infinity();
  const bool has_high = high < std::numeric_limits<double>::infinity();
  if (has_low && has_high)
    return fmt::format("must be in {}{}, {}{}", low_open ? '(' : '[', low, high,
                       high_open ? ')' : ']');
  if (has_low) return fmt::format("must be {} {}", low_open ? ">" : ">=", low);
  if (has_high) return fmt::format("must be {} {}", high_open ? "<" : "<=", high);
  return "";
}

}  // namespace thalweg
