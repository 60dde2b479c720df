#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <thalweg/config/config.hpp>
#include <thalweg/config/toml_text.hpp>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

struct Segment {
  std::string key;
  std::vector<std::size_t> indices;  // key[2][0]
};

[[noreturn]] void bad_path(const std::string& where, std::string_view path) {
  throw ConfigError(where + ": \"" + std::string(path) +
                    "\" is not a key; write --set key=value, --set table.key=value or --set "
                    "array[0].key=value");
}

// a.b[0]."c d".e
std::vector<Segment> parse_path(std::string_view path, const std::string& where) {
  std::vector<Segment> segments;
  std::size_t i = 0;
  for (;;) {
    Segment segment;
    if (i < path.size() && path[i] == '"') {
      const auto end = path.find('"', i + 1);
      if (end == std::string_view::npos) bad_path(where, path);
      segment.key = path.substr(i + 1, end - i - 1);
      i = end + 1;
    } else {
      const auto end = std::min(path.find_first_of(".[]\" \t", i), path.size());
      segment.key = path.substr(i, end - i);
      if (segment.key.empty()) bad_path(where, path);
      i = end;
    }
    while (i < path.size() && path[i] == '[') {
      const auto end = path.find(']', i);
      if (end == std::string_view::npos) bad_path(where, path);
      const auto digits = path.substr(i + 1, end - i - 1);
      if (digits.empty() || digits.size() > 9 ||
          digits.find_first_not_of("0123456789") != std::string_view::npos)
        bad_path(where, path);
      segment.indices.push_back(std::stoul(std::string(digits)));
      i = end + 1;
    }
    segments.push_back(std::move(segment));
    if (i == path.size()) return segments;
    if (path[i] != '.') bad_path(where, path);
    ++i;
  }
}

}  // namespace

Config Config::from_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // An open directory fails only when it is read; an empty file gives no characters and no error.
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw IoError("cannot read " + path.string() + ": it is a directory");
  if (!file.is_open() || file.bad())
    throw IoError("cannot read " + path.string() + ": " + std::strerror(errno));
  return from_text(text.str(), path.string());
}

Config Config::from_text(std::string_view text, std::string name) {
  return Config(parse_toml(text, name));
}

void Config::set(std::string_view assignment) {
  const std::string where = "--set " + std::string(assignment);
  // The first = outside quotes ends the key.
  bool quoted = false;
  std::size_t equals = 0;
  while (equals < assignment.size() && (quoted || assignment[equals] != '=')) {
    if (assignment[equals] == '"') quoted = !quoted;
    ++equals;
  }
  if (equals == assignment.size()) throw ConfigError(where + ": no value; write --set key=value");
  auto left = assignment.substr(0, equals);
  while (left.ends_with(' ')) left.remove_suffix(1);
  parse_path(left, where);  // a bad key is told before a bad value
  const auto right = assignment.substr(equals + 1);
  if (right.find_first_not_of(" \t") == std::string_view::npos)
    throw ConfigError(where + ": no value after =; an empty text is written \"\"");
  set(left, parse_toml_value(right, where), where);
}

void Config::set(std::string_view key, Node value, const std::string& where) {
  const auto segments = parse_path(key, where);
  Node* at = &root_;
  std::string path;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (at->kind != Node::Kind::table)
      throw ConfigError(where + ": " + path +
                        (at->kind == Node::Kind::array
                             ? " is an array; say which element, as in " + path + "[0]"
                             : " = " + at->written + " is not a table"));
    path += (i > 0 ? "." : "") + toml_key(segments[i].key);
    Node* next = at->find(segments[i].key);
    if (!next) {
      if (!segments[i].indices.empty())
        throw ConfigError(where + ": there is no array " + path + " in " + root_.where);
      Node table;
      table.where = where;
      next = &at->entries.emplace_back(segments[i].key, std::move(table)).second;
    }
    for (const auto index : segments[i].indices) {
      if (next->kind != Node::Kind::array)
        throw ConfigError(where + ": " + path + " is not an array");
      if (index >= next->items.size())
        throw ConfigError(where + ": " + path + " has " + std::to_string(next->items.size()) +
                          " elements, counted from 0");
      path += '[' + std::to_string(index) + ']';
      next = &next->items[index];
    }
    at = next;
  }
  *at = std::move(value);
}

}  // namespace thalweg
