// Values as TOML text that reads back to the same bits.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <thalweg/core/types.hpp>

namespace thalweg {

/// The shortest text that reads back to the same double, never like an integer: "1.0", "1e-6".
std::string toml_text(double value);
std::string toml_text(Index value);
std::string toml_text(bool value);
/// In quotes, escaped.
std::string toml_text(const std::string& value);
inline std::string toml_text(const char* value) { return toml_text(std::string(value)); }
/// A key, in quotes only where it needs them.
std::string toml_key(std::string_view key);

template <class T>
std::string toml_text(const std::vector<T>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i)
    text += (i > 0 ? ", " : "") + toml_text(values[i]);
  return text + "]";
}

}  // namespace thalweg
