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

namespace {

// As a person writes it, exactly: 1e12, 2.5e6, 1e-6, 10000.
std::string written(double value) {
  std::string text = fmt::format("{}", value);
  if (const auto e = text.find('e'); e != std::string::npos) {  // 1e-06, 1e+16
    if (text[e + 2] == '0') text.erase(e + 2, 1);
    if (text[e + 1] == '+') text.erase(e + 1, 1);
    return text;
  }
  if (text.find('.') != std::string::npos) return text;
  const auto last = text.find_last_not_of('0'), first = text.find_first_of("123456789");
  if (first == std::string::npos || text.size() - 1 - last < 5) return text;
  const auto exponent = text.size() - 1 - first;
  auto digits = text.substr(first, last - first + 1);
  if (digits.size() > 1) digits.insert(1, ".");
  return fmt::format("{}{}e{}", text.substr(0, first), digits, exponent);
}

}  // namespace

std::string Rule::text() const {
  if (!choices.empty()) return "must be " + quoted_list(choices);
  const bool has_low = low > -std::numeric_limits<double>::infinity();
  const bool has_high = high < std::numeric_limits<double>::infinity();
  if (has_low && has_high)
    return fmt::format("must be in {}{}, {}{}", low_open ? '(' : '[', written(low), written(high),
                       high_open ? ')' : ']');
  if (has_low) return fmt::format("must be {} {}", low_open ? ">" : ">=", written(low));
  if (has_high) return fmt::format("must be {} {}", high_open ? "<" : "<=", written(high));
  return "";
}

}  // namespace thalweg
