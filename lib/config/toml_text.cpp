#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <thalweg/config/toml_text.hpp>

namespace thalweg {

std::string toml_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  if (const auto e = text.find('e'); e != std::string::npos && text[e + 2] == '0')
    text.erase(e + 2, 1);  // 1e-06
  else if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text;
}

std::string toml_text(Index value) { return fmt::format("{}", value); }

std::string toml_text(bool value) { return value ? "true" : "false"; }

std::string toml_text(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\')
      text += {'\\', c};
    else if (c == '\n')
      text += "\\n";
    else if (c == '\t')
      text += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      text += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    else
      text += c;
  }
  return text + '"';
}

std::string toml_key(std::string_view key) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
  if (!key.empty() && std::all_of(key.begin(), key.end(), plain)) return std::string(key);
  return toml_text(std::string(key));
}

}  // namespace thalweg
