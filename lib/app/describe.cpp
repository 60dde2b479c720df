// describe: what stands behind a name: equation, fields, units, defaults, ranges, source. Also the
// whole configuration, under the name "config", and each of its tables and keys.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/config_rows.hpp>
#include <thalweg/app/everything.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/config/describe_fields.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>
#include <thalweg/models/catalogue.hpp>

#include <nlohmann/json.hpp>

namespace thalweg {

namespace {

// A model's own quantities, as it is by default. A model that cannot be built without being told
// more has none to show.
std::vector<Variable> observables(const Named& named) {
  std::vector<Variable> all;
  try {
    const auto config = Config::from_text("", "defaults");
    ConfigReader reader(config);
    const auto model = models().at(named.name).make(reader);
    Observables list;
    if (const auto* potential = model.potential()) list = potential->observables();
    if (const auto* system = model.system()) list = system->observables();
    if (const auto* map = model.map()) list = map->observables();
    for (auto& o : list) all.push_back(std::move(o.variable));
  } catch (const Error&) {
  }
  return all;
}

std::string indented(const std::string& text) {
  std::string lines = "  ";
  for (const char c : text) lines += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return lines + "\n";
}

std::string section(const std::string& title, const std::string& text) {
  return text.empty() ? "" : "\n" + title + "\n" + indented(text);
}

// Of a table or key: itself and what stands in it. Lists are asked for without their brackets.
std::vector<FieldRow> rows_of(const std::string& target, const std::vector<FieldRow>& all) {
  std::vector<FieldRow> rows;
  for (const auto& row : all) {
    std::string key;
    for (const char c : row.key)
      if (c != '[' && c != ']') key += c;
    if (key == target || key.starts_with(target + ".")) rows.push_back(row);
  }
  return rows;
}

std::string without_last_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

int describe_command(const Options& options) {
  const auto all = everything();
  auto j = nlohmann::ordered_json{{"schema", "thalweg-describe-1"}, {"name", options.target}};
  j["entries"] = nlohmann::ordered_json::array();
  std::string text;
  const auto add = [&](const std::string& kind, const Doc& doc, const std::string& unit,
                       const std::vector<FieldRow>& rows, const std::vector<Variable>& own) {
    nlohmann::ordered_json entry{{"kind", kind},
                                 {"summary", doc.summary},
                                 {"equation", doc.equation},
                                 {"source", doc.source},
                                 {"notes", doc.notes},
                                 {"fields", nlohmann::ordered_json::parse(fields_json(rows))}};
    if (kind == "quantity") entry["unit"] = unit;
    text += (text.empty() ? "" : "\n") + kind + " " + options.target + ": " + doc.summary + "\n";
    text += section("equation", doc.equation);
    if (kind == "quantity") text += section("unit", unit);
    if (!rows.empty()) text += section("fields", without_last_newline(fields_text(rows)));
    if (kind == "model") {
      entry["quantities"] = nlohmann::ordered_json::array();
      std::string lines;
      for (const auto& v : own) {
        entry["quantities"].push_back(
            {{"name", v.name}, {"unit", v.unit}, {"summary", v.long_name}});
        lines += (lines.empty() ? "" : "\n") + pad(v.name, 22) + v.long_name + " [" + v.unit + "]";
      }
      text += section("quantities of its own", lines);
    }
    text += section("source", doc.source) + section("notes", doc.notes);
    j["entries"].push_back(std::move(entry));
  };

  for (const auto& named : all) {
    if (named.name != options.target) continue;
    const auto rows = named.describe ? describe_fields(named.describe) : std::vector<FieldRow>{};
    add(named.kind, named.doc, named.unit, rows,
        named.kind == "model" ? observables(named) : std::vector<Variable>{});
  }
  if (options.target == "config")
    add("file", {.summary = "all that a configuration may say; --set KEY=VALUE overrides"}, "",
        config_rows(), {});
  if (options.target == "sweep")
    add("file",
        {.summary = "all that a sweep file may say",
         .notes =
             "A member is the base with [set] and the values of the axes in place, read as `run "
             "--set` reads it. It is stored under what its numbers follow from, so that the "
             "same command goes on after a kill and runs only what a changed file adds."},
        "", sweep_rows(), {});
  const auto add_table = [&](const std::string& kind, const std::vector<FieldRow>& schema) {
    const auto rows = rows_of(options.target, schema);
    if (rows.empty()) return;
    Doc doc{.summary = rows.front().doc};
    // What a table chooses by name has keys of its own.
    for (const auto& row : rows)
      if (row.key == options.target + ".name" && !row.choices.empty())
        doc.notes = "Each choice of name has keys of its own: " + shell_word(options.program) +
                    " describe " + row.choices.front() + ", for example.";
    add(rows.size() > 1 ? "table" + kind : "key" + kind, doc, "", rows, {});
  };
  const auto of_config = config_rows(), of_sweep = sweep_rows();
  add_table("", of_config);
  if (rows_of(options.target, of_config).empty()) add_table(" of a sweep file", of_sweep);
  if (j["entries"].empty()) {
    std::vector<std::string> names{"config", "sweep"};
    for (const auto& named : all) names.push_back(named.name);
    for (const auto& row : of_config)
      if (row.type == "table" && row.key.find_first_of(".[") == std::string::npos)
        names.push_back(row.key);
    // The first word of longer names, as `analyze` takes it, stands for all of them.
    std::string near;
    for (const auto& name : names)
      if (name.starts_with(options.target + "_"))
        near += (near.empty() ? "\"" : " or \"") + name + "\"";
    if (const auto one = nearest_name(options.target, names); near.empty() && !one.empty())
      near = "\"" + one + "\"";
    throw ConfigError("unknown name \"" + options.target + "\"" +
                      (near.empty() ? "" : "; did you mean " + near + "?") + " (" +
                      shell_word(options.program) + " list shows all)");
  }
  print(options.json ? j.dump(2) + "\n" : text);
  return 0;
}

}  // namespace thalweg
