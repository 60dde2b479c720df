// The only file that knows toml++.
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <thalweg/config/node.hpp>
#include <thalweg/core/error.hpp>

namespace thalweg {

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, node] : entries)
    if (name == key) return &node;
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

namespace {

std::string position(const std::string& name, unsigned long line, unsigned long column) {
  return name + ':' + std::to_string(line) + ':' + std::to_string(column);
}

// toml++ limits nested brackets but not dotted keys, and the recursion over a table as deep as a
// file can spell overflows the stack.
void reject_deep_keys(std::string_view text, const std::string& name) {
  constexpr int most = 64;
  unsigned long line = 1, column = 0;
  int dots = 0;
  char before = '.';
  for (const char c : text) {
    ++column;
    if (c == '\n') {
      ++line;
      column = 0;
    }
    if (c == '.' && before != '.') {
      if (++dots > most)
        throw ConfigError(position(name, line, column) + ": a key may have at most " +
                          std::to_string(most) + " dots");
    } else if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-') {
      dots = 0;
    }
    before = c;
  }
}

// Finds the text of a value again; toml++ counts columns in code points.
class Source {
 public:
  Source(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    starts_.push_back(0);
    for (std::size_t i = 0; i < text_.size(); ++i)
      if (text_[i] == '\n') starts_.push_back(i + 1);
  }

  [[nodiscard]] std::string where(const toml::node& node) const {
    const auto& begin = node.source().begin;
    return position(name_, begin.line, begin.column);
  }

  [[nodiscard]] std::string written(const toml::node& node) const {
    const auto& [begin, end, ignored] = node.source();
    const auto from = offset(begin), to = offset(end);
    return to > from ? std::string(text_.substr(from, to - from)) : std::string();
  }

 private:
  [[nodiscard]] std::size_t offset(const toml::source_position& p) const {
    if (p.line == 0 || p.line > starts_.size()) return text_.size();
    std::size_t i = starts_[p.line - 1];
    for (auto left = p.column; left > 1 && i < text_.size(); --left) do
        ++i;
      while (i < text_.size() && (static_cast<unsigned char>(text_[i]) & 0xC0U) == 0x80U);
    return i;
  }

  std::string_view text_;
  std::string name_;
  std::vector<std::size_t> starts_;
};

Node convert(const toml::node& from, const Source& source) {
  Node to;
  to.where = source.where(from);
  switch (from.type()) {
    case toml::node_type::table: {
      to.kind = Node::Kind::table;
      std::vector<std::pair<toml::source_position, std::string>> order;  // toml++ sorts by name
      for (const auto& [key, value] : *from.as_table())
        order.emplace_back(key.source().begin, std::string(key.str()));
      std::sort(order.begin(), order.end(),
                [](const auto& a, const auto& b) { return a.first < b.first; });
      for (const auto& [ignored, key] : order)
        to.entries.emplace_back(key, convert(*from.as_table()->get(key), source));
      break;
    }
    case toml::node_type::array:
      to.kind = Node::Kind::array;
      for (const auto& item : *from.as_array()) to.items.push_back(convert(item, source));
      break;
    case toml::node_type::string:
      to.kind = Node::Kind::text;
      to.text = from.as_string()->get();
      break;
    case toml::node_type::integer:
      to.kind = Node::Kind::integer;
      to.integer = from.as_integer()->get();
      break;
    case toml::node_type::floating_point:
      to.kind = Node::Kind::number;
      to.number = from.as_floating_point()->get();
      break;
    case toml::node_type::boolean:
      to.kind = Node::Kind::boolean;
      to.boolean = from.as_boolean()->get();
      break;
    default:
      to.kind = Node::Kind::date;
      break;
  }
  to.written = source.written(from);
  // A table with a header has no text of its own.
  if (to.kind == Node::Kind::table && !to.written.starts_with('{')) to.written.clear();
  if (from.is_array_of_tables() && to.items[0].written.empty()) to.written.clear();
  return to;
}

void set_where(Node& node, const std::string& where) {
  node.where = where;
  for (auto& item : node.items) set_where(item, where);
  for (auto& [key, value] : node.entries) set_where(value, where);
}

// What nobody would mean as a number, a date or a list: a name or a path.
bool is_bare_word(std::string_view value) {
  const auto plain = [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return std::isalnum(u) || u >= 0x80 ||
           std::string_view("_-./~:@%").find(c) != std::string::npos;
  };
  return !value.empty() && !std::isdigit(static_cast<unsigned char>(value[0])) && value[0] != '-' &&
         std::all_of(value.begin(), value.end(), plain);
}

}  // namespace

Node parse_toml(std::string_view text, const std::string& name) {
  reject_deep_keys(text, name);
  try {
    Node root = convert(toml::parse(text), Source(text, name));
    root.where = name;
    return root;
  } catch (const toml::parse_error& e) {
    const auto& at = e.source().begin;
    throw ConfigError(position(name, at.line, at.column) + ": " + std::string(e.description()));
  }
}

Node parse_toml_value(std::string_view value, const std::string& where) {
  const std::string line = "value = " + std::string(value);
  Node node;
  try {
    reject_deep_keys(line, where);
    const auto table = toml::parse(line);
    if (table.size() != 1)
      throw ConfigError(where + ": one key takes one value; give --set once per key");
    node = convert(*table.get("value"), Source(line, where));
  } catch (const toml::parse_error& e) {
    if (!is_bare_word(value)) throw ConfigError(where + ": " + std::string(e.description()));
    node.kind = Node::Kind::text;
    node.text = value;
    node.written = '"' + node.text + '"';
  }
  set_where(node, where);
  return node;
}

}  // namespace thalweg
