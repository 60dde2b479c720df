#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/config/check_value.hpp>
#include <thalweg/config/toml_text.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>

namespace thalweg {

std::string shown(const Node& node) {
  constexpr std::size_t most = 60;
  if (node.written.empty()) return node.kind == Node::Kind::array ? "[{...}]" : "{...}";
  const std::string text = node.written.substr(0, node.written.find_first_of("\r\n"));
  if (text.size() == node.written.size() && text.size() <= most) return text;
  std::size_t end = std::min(text.size(), most);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;  // not inside a character
  return text.substr(0, end) + "...";
}

namespace {

[[noreturn]] void fail(const Node& node, const std::string& path, const std::string& rule) {
  throw ConfigError(node.where + ": " + path + " = " + shown(node) + ' ' + rule);
}

void check_range(const Node& node, const std::string& path, const Rule& rule, double value) {
  if (!rule.allows(value)) fail(node, path, rule.text());
}

bool is_choice(const std::string& value, const Rule& rule) {
  return rule.choices.empty() ||
         std::find(rule.choices.begin(), rule.choices.end(), value) != rule.choices.end();
}

void convert(const Node& node, const std::string& path, const Rule& rule, double standard,
             double& value) {
  if (node.kind == Node::Kind::integer)
    value = static_cast<double>(node.integer);
  else if (node.kind == Node::Kind::number)
    value = node.number;
  else
    fail(node, path, "must be a number");
  if (std::isnan(value) || (std::isinf(value) && !std::isinf(standard)))
    fail(node, path, "must be a finite number");
  check_range(node, path, rule, value);
}

void convert(const Node& node, const std::string& path, const Rule& rule, Index, Index& value) {
  constexpr double exact = 9007199254740992.0;  // 2^53: below it a double is the integer it shows
  if (node.kind == Node::Kind::integer)
    value = node.integer;
  else if (node.kind == Node::Kind::number && std::abs(node.number) <= exact &&
           std::trunc(node.number) == node.number)
    value = static_cast<Index>(node.number);  // 1e6
  else
    fail(node, path, "must be an integer");
  check_range(node, path, rule, static_cast<double>(value));
}

void convert(const Node& node, const std::string& path, const Rule&, bool, bool& value) {
  if (node.kind != Node::Kind::boolean) fail(node, path, "must be true or false");
  value = node.boolean;
}

void convert(const Node& node, const std::string& path, const Rule& rule, const std::string&,
             std::string& value) {
  if (node.kind != Node::Kind::text) fail(node, path, "must be text in quotes");
  value = node.text;
  if (!is_choice(value, rule)) {
    const auto near = nearest_name(value, rule.choices);
    fail(node, path, rule.text() + (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }
}

const char* elements(double) { return "numbers"; }
const char* elements(Index) { return "integers"; }
const char* elements(const std::string&) { return "texts"; }

template <class T>
void convert(const Node& node, const std::string& path, const Rule& rule, const std::vector<T>&,
             std::vector<T>& value) {
  if (node.kind != Node::Kind::array)
    fail(node, path, fmt::format("must be a list of {} in [ ]", elements(T{})));
  value.resize(node.items.size());
  for (std::size_t i = 0; i < value.size(); ++i)
    convert(node.items[i], path + '[' + std::to_string(i) + ']', rule, T{}, value[i]);
}

bool usable(double value, const Rule& rule) { return !std::isnan(value) && rule.allows(value); }
bool usable(Index value, const Rule& rule) { return rule.allows(static_cast<double>(value)); }
bool usable(bool, const Rule&) { return true; }
bool usable(const std::string& value, const Rule& rule) { return is_choice(value, rule); }
template <class T>
bool usable(const std::vector<T>& values, const Rule& rule) {
  return std::all_of(values.begin(), values.end(), [&](const T& v) { return usable(v, rule); });
}

}  // namespace

template <class T>
T checked(const Node& node, const std::string& path, const Rule& rule, const T& standard) {
  T value{};
  convert(node, path, rule, standard, value);
  return value;
}

template <class T>
bool is_usable_default(const T& value, const Rule& rule) {
  return usable(value, rule);
}

#define THALWEG_INSTANTIATE(T)                                                \
  template T checked(const Node&, const std::string&, const Rule&, const T&); \
  template bool is_usable_default(const T&, const Rule&);
THALWEG_INSTANTIATE(double)
THALWEG_INSTANTIATE(Index)
THALWEG_INSTANTIATE(bool)
THALWEG_INSTANTIATE(std::string)
THALWEG_INSTANTIATE(std::vector<double>)
THALWEG_INSTANTIATE(std::vector<Index>)
THALWEG_INSTANTIATE(std::vector<std::string>)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
