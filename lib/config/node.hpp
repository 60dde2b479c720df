// A parsed configuration: values that know where they stand and how they were written, so that
// every later complaint can point.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thalweg {

struct Node {
  enum class Kind { table, array, text, integer, number, boolean, date };

  Kind kind = Kind::table;
  std::string where{};    ///< "run.toml:12:8" or "--set solver.rtol=x"
  std::string written{};  ///< as the user wrote it; empty for a table with a header
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0.0;
  std::string text{};
  std::vector<Node> items{};                            ///< of an array
  std::vector<std::pair<std::string, Node>> entries{};  ///< of a table, in the order of the file

  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);
};

/// TOML 1.0. `name` is what messages call the text.
/// @throws ConfigError with line and column
Node parse_toml(std::string_view text, const std::string& name);

/// The right-hand side of `--set key=value`, at the place `where`: a TOML literal, or else a bare
/// word, which is taken as text.
/// @throws ConfigError
Node parse_toml_value(std::string_view value, const std::string& where);

}  // namespace thalweg
