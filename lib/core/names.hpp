// Lists of names for messages: "a, b or c", and the nearest valid name to a mistyped one.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace thalweg {

/// `"a", "b" or "c"`.
std::string quoted_list(std::span<const std::string> names);

/// The name at the smallest edit distance (insert, delete, replace, swap of neighbours), or ""
/// when none is near enough to be what was meant.
std::string nearest_name(std::string_view wrong, std::span<const std::string> names);

/// `; did you mean "x"?` or `; choose one of ...`: the tail of every unknown-name message.
std::string name_hint(std::string_view wrong, std::span<const std::string> names);

}  // namespace thalweg
