// The only file that knows toml++.
//
// Its assertions are off: some of them hold only for text without mistakes, and where one fails
// (a table header "[=") the line after it reports the mistake properly.
#define TOML_ASSERT(expr) static_cast<void>(0)
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

// Why a text is not TOML.
struct Trouble {
  unsigned long line, column;
  std::string why;
};

// Of a character of several bytes in UTF-8, all but the first.
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Two things that toml++ 3.3 does not survive: a key with thousands of dots, whose table overflows
// the stack, and a letter outside ASCII where only quotes make it legal, which is undefined
// behaviour there. Strings and comments are passed over.
class Guard {
 public:
  explicit Guard(std::string_view text) : text_(text) {}

  void check() {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    int dots = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) >= 0x80) {
        std::size_t length = 1;
        while (at_ + length < text_.size() && is_continuation(text_[at_ + length])) ++length;
        fail(std::string(text_.substr(at_, length)) + " may only stand in quotes or a comment");
      }
      if (c == '#') {
        skip_to(std::min(text_.find('\n', at_), text_.size()));
      } else if (c == '"' || c == '\'') {
        skip_quotes(c);
      } else {
        if (c == '.' && ++dots > most_dots)
          fail("a key may have at most " + std::to_string(most_dots) + " dots");
        if (c == '=' || c == ',' || c == '\n') dots = 0;
        skip_to(at_ + 1);
      }
    }
  }

 private:
  static constexpr int most_dots = 64;

  [[noreturn]] void fail(const std::string& why) const { throw Trouble{line_, column_, why}; }
  void skip_to(std::size_t end) {
    for (; at_ < end; ++at_) {
      if (!is_continuation(text_[at_])) ++column_;
      if (text_[at_] == '\n') ++line_, column_ = 1;
    }
  }
  void skip_quotes(char quote) {
    const std::string three(3, quote);
    const bool long_string = text_.substr(at_).starts_with(three);
    std::size_t end = at_ + (long_string ? 3 : 1);
    for (; end < text_.size(); ++end) {
      if (quote == '"' && text_[end] == '\\')
        ++end;
      else if (long_string ? text_.substr(end).starts_with(three)
                           : text_[end] == quote || text_[end] == '\n')
        break;
    }
    end += long_string ? 3 : 1;
    // """ends with a quote""""
    while (long_string && end < text_.size() && text_[end] == quote) ++end;
    skip_to(std::min(end, text_.size()));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned long line_ = 1, column_ = 1;
};

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
      while (i < text_.size() && is_continuation(text_[i]));
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

toml::table parse(std::string_view text) {
  Guard(text).check();
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& e) {
    const auto& at = e.source().begin;
    throw Trouble{at.line, at.column, std::string(e.description())};
  }
}

}  // namespace

Node parse_toml(std::string_view text, const std::string& name) {
  try {
    Node root = convert(parse(text), Source(text, name));
    root.where = name;
    return root;
  } catch (const Trouble& trouble) {
    throw ConfigError(position(name, trouble.line, trouble.column) + ": " + trouble.why);
  }
}

Node parse_toml_value(std::string_view value, const std::string& where) {
  const std::string line = "value = " + std::string(value);
  Node node;
  try {
    const auto table = parse(line);
    if (table.size() != 1)
      throw ConfigError(where + ": one key takes one value; give --set once per key");
    node = convert(*table.get("value"), Source(line, where));
  } catch (const Trouble& trouble) {
    if (!is_bare_word(value)) throw ConfigError(where + ": " + trouble.why);
    node.kind = Node::Kind::text;
    node.text = value;
    node.written = '"' + node.text + '"';
  }
  set_where(node, where);
  return node;
}

}  // namespace thalweg
