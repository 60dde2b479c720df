#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thalweg/config/check_value.hpp>
#include <thalweg/config/describe_fields.hpp>
#include <thalweg/config/node.hpp>
#include <thalweg/config/toml_text.hpp>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

const char* type_name(double) { return "number"; }
const char* type_name(Index) { return "integer"; }
const char* type_name(bool) { return "true/false"; }
const char* type_name(const std::string&) { return "text"; }
const char* type_name(const std::vector<double>&) { return "list of numbers"; }
const char* type_name(const std::vector<Index>&) { return "list of integers"; }
const char* type_name(const std::vector<std::string>&) { return "list of texts"; }

class Describer final : public Fields {
 public:
  std::vector<FieldRow> rows;

  void table(std::string_view key, std::string_view doc,
             const std::function<void()>& body) override {
    nested(std::string(key), "table", doc, body);
  }
  void array_of_tables(std::string_view key, std::size_t, std::string_view doc,
                       const std::function<void(std::size_t)>& body) override {
    nested(std::string(key) + "[]", "list of tables", doc, [&] { body(0); });
  }
  [[nodiscard]] bool given(std::string_view) const override { return false; }
  [[noreturn]] void reject(std::string_view key, std::string_view rule) const override {
    throw ConfigError(prefix_ + std::string(key) + " (default) " + std::string(rule));
  }
  [[nodiscard]] bool reading() const override { return false; }

  void visit(std::string_view key, double& v, std::string_view unit, std::string_view doc,
             const Rule& rule) override {
    add(key, v, unit, doc, rule);
  }
  void visit(std::string_view key, Index& v, std::string_view unit, std::string_view doc,
             const Rule& rule) override {
    add(key, v, unit, doc, rule);
  }
  void visit(std::string_view key, bool& v, std::string_view unit, std::string_view doc,
             const Rule& rule) override {
    add(key, v, unit, doc, rule);
  }
  void visit(std::string_view key, std::string& v, std::string_view unit, std::string_view doc,
             const Rule& rule) override {
    add(key, v, unit, doc, rule);
  }
  void visit(std::string_view key, std::vector<double>& v, std::string_view unit,
             std::string_view doc, const Rule& rule) override {
    add(key, v, unit, doc, rule);
  }
  void visit(std::string_view key, std::vector<Index>& v, std::string_view unit,
             std::string_view doc, const Rule& rule) override {
    add(key, v, unit, doc, rule);
  }
  void visit(std::string_view key, std::vector<std::string>& v, std::string_view unit,
             std::string_view doc, const Rule& rule) override {
    add(key, v, unit, doc, rule);
  }
  void visit(std::string_view key, std::optional<double>& v, std::string_view unit,
             std::string_view doc, const Rule& rule) override {
    add_optional(key, v, unit, doc, rule);
  }
  void visit(std::string_view key, std::optional<Index>& v, std::string_view unit,
             std::string_view doc, const Rule& rule) override {
    add_optional(key, v, unit, doc, rule);
  }

 private:
  template <class Body>
  void nested(const std::string& key, const char* type, std::string_view doc, const Body& body) {
    rows.push_back({.key = prefix_ + key,
                    .type = type,
                    .standard = "",
                    .unit = "",
                    .rule = "",
                    .doc = std::string(doc)});
    const std::string outer = prefix_;
    prefix_ += key + '.';
    body();
    prefix_ = outer;
  }
  FieldRow& add_row(std::string_view key, const char* type, std::string_view unit,
                    std::string_view doc, const Rule& rule) {
    return rows.emplace_back(FieldRow{.key = prefix_ + std::string(key),
                                      .type = type,
                                      .standard = "",
                                      .unit = std::string(unit),
                                      .rule = rule.text(),
                                      .choices = rule.choices,
                                      .doc = std::string(doc)});
  }
  template <class T>
  void add(std::string_view key, const T& v, std::string_view unit, std::string_view doc,
           const Rule& rule) {
    auto& row = add_row(key, type_name(v), unit, doc, rule);
    row.required = !is_usable_default(v, rule);
    if (!row.required) row.standard = toml_text(v);
  }
  template <class T>
  void add_optional(std::string_view key, const std::optional<T>& v, std::string_view unit,
                    std::string_view doc, const Rule& rule) {
    auto& row = add_row(key, type_name(T{}), unit, doc, rule);
    if (v) row.standard = toml_text(*v);
  }

  std::string prefix_;
};

nlohmann::json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::boolean:
      return node.boolean;
    case Node::Kind::integer:
      return node.integer;
    case Node::Kind::text:
      return node.text;
    case Node::Kind::number:
      // JSON has no infinity.
      return std::isfinite(node.number) ? nlohmann::json(node.number)
                                        : nlohmann::json(node.written);
    default:
      break;
  }
  auto list = nlohmann::json::array();
  for (const auto& item : node.items) list.push_back(to_json(item));
  return list;
}

}  // namespace

std::vector<FieldRow> describe_fields(const std::function<void(Fields&)>& visit) {
  Describer describer;
  visit(describer);
  return std::move(describer.rows);
}

std::string fields_text(const std::vector<FieldRow>& rows) {
  std::size_t key_width = 3, default_width = 7, unit_width = 4;
  const auto default_of = [](const FieldRow& row) {
    return row.required ? std::string("(required)") : row.standard.empty() ? "-" : row.standard;
  };
  for (const auto& row : rows) {
    key_width = std::max(key_width, row.key.size());
    default_width = std::max(default_width, default_of(row).size());
    unit_width = std::max(unit_width, row.unit.size());
  }
  std::string text = fmt::format("{:{}}  {:{}}  {:{}}  meaning\n", "key", key_width, "default",
                                 default_width, "unit", unit_width);
  for (const auto& row : rows) {
    const bool has_value = row.type != "table" && row.type != "list of tables";
    const std::string meaning =
        row.doc + " (" + row.type + (row.rule.empty() ? "" : ", " + row.rule) + ")";
    text +=
        fmt::format("{:{}}  {:{}}  {:{}}  {}\n", row.key, key_width,
                    has_value ? default_of(row) : "", default_width, row.unit, unit_width, meaning);
  }
  return text;
}

std::string fields_json(const std::vector<FieldRow>& rows) {
  auto list = nlohmann::json::array();
  for (const auto& row : rows) {
    nlohmann::json standard;
    if (!row.standard.empty()) standard = to_json(parse_toml_value(row.standard, row.key));
    list.push_back({{"key", row.key},
                    {"type", row.type},
                    {"default", standard},
                    {"required", row.required},
                    {"unit", row.unit},
                    {"rule", row.rule},
                    {"choices", row.choices},
                    {"doc", row.doc}});
  }
  return list.dump(2);
}

}  // namespace thalweg
