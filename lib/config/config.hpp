// What the user asked for: a TOML file and the `--set` overrides on top of it. ConfigReader
// (config_reader.hpp) hands its values out.
#pragma once
#include <thalweg/config/node.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace thalweg {

class Config {
 public:
  /// @throws IoError when the file cannot be read, ConfigError (file:line:column) when it is not
  /// TOML
  static Config from_file(const std::filesystem::path& path);
  /// `name` stands for the file in messages.
  static Config from_text(std::string_view text, std::string name);
  /// A table that is a configuration of its own, such as one inside another file.
  static Config from_node(Node table) { return Config(std::move(table)); }

  /// `key.path=value`, as in `solver.rtol=1e-8`, `record[0].when.every=0.5` or `model.name=mlp`.
  /// The value is a TOML literal or a bare word. Tables that are missing on the way are made;
  /// elements of arrays must exist.
  /// @throws ConfigError that begins with `--set key.path=value: `
  void set(std::string_view assignment);
  /// The same with a value that stands somewhere else; `where` begins what is said about the path.
  void set(std::string_view path, Node value, const std::string& where);

  [[nodiscard]] const std::string& name() const { return root_.where; }
  [[nodiscard]] const Node& root() const { return root_; }

 private:
  explicit Config(Node root) : root_(std::move(root)) {}
  Node root_;
};

}  // namespace thalweg
