#include <thalweg/report/info.hpp>

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <thalweg/report/draws_section.hpp>
#include <thalweg/report/run_file.hpp>
#include <thalweg/report/summary.hpp>

namespace thalweg {

using namespace report;

namespace {

using Json = nlohmann::ordered_json;

Json json_value(const h5::Value& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

Json json_record(const RunFile& file, const Record& r) {
  const auto time = file.column(r, r.time_axis);
  Json variables = Json::array();
  for (const auto& v : r.variables)
    variables.push_back({{"name", v.name},
                         {"units", v.unit},
                         {"long_name", v.long_name},
                         {"comment", v.comment},
                         {"approximate", v.approximate},
                         {"type", v.integer ? "integer" : "real"},
                         {"axes", v.axes},
                         {"shape", v.shape}});
  return {{"name", r.name},
          {"group", r.group},
          {"time", r.time_axis},
          {"rows", r.rows},
          {"first_time", time.empty() ? Json() : Json(time.front())},
          {"last_time", time.empty() ? Json() : Json(time.back())},
          {"comment", r.comment},
          {"variables", variables}};
}

std::string text_record(const RunFile& file, const Record& r) {
  const auto time = file.column(r, r.time_axis);
  std::string out = fmt::format("{:<18}  {} row{}", r.group, r.rows, r.rows == 1 ? "" : "s");
  if (!time.empty())
    out += fmt::format(", {} {} to {}", r.time_axis, to_text(time.front()), to_text(time.back()));
  out += '\n';
  std::size_t width = 0;
  for (const auto& v : r.variables) width = std::max(width, v.name.size());
  for (const auto& v : r.variables) {
    std::string axes;
    for (std::size_t i = 0; i < v.shape.size(); ++i)
      axes += fmt::format("{}{}: {}", i ? ", " : " (", v.axes[i], v.shape[i]);
    out += fmt::format("  {:<{}}  [{}]  {}{}{}\n", v.name, width, v.unit, v.long_name,
                       axes.empty() ? "" : axes + ")", v.approximate ? ", approximate" : "");
  }
  return out;
}

constexpr std::array<const char*, 8> origin{"run_id",    "date_created",   "date_modified",
                                            "seed",      "threads",        "compiler",
                                            "cpu_model", "instruction_set"};

}  // namespace

std::string info_json(const std::string& run) {
  const RunFile file(run);
  Json j;
  j["schema"] = "thalweg-info-1";
  j["file"] = file.path();
  for (const char* name : {"title", "summary", "source", "status"}) j[name] = file.text(name);
  j["reason"] = reason(file);
  j["remarks"] = remarks(file);
  j["quality"] = quality(file);
  const auto t = file.attribute_number("t_reached");
  j["t_reached"] = t ? Json(*t) : Json();
  j["counts"] = Json::object();
  for (const auto& [name, n] : file.counts()) j["counts"][name] = n;
  j["series"] = Json::array();
  for (const auto& r : file.records()) j["series"].push_back(json_record(file, r));
  j["draws"] = Json::object();
  for (const auto& [group, what] : draws_contents(file)) j["draws"][group] = what;
  j["events"] = file.events() ? json_record(file, *file.events()) : Json();
  j["description"] = Json::object();
  for (const auto& [name, value] : description(file)) j["description"][name] = value;
  j["provenance"] = Json::object();
  for (const auto& [name, value] : file.provenance())
    if (name != "config") j["provenance"][name] = json_value(value);
  j["checkpoint"] = has_checkpoint(file);
  const auto command = resume_command(file);
  j["resume"] = command.empty() ? Json() : Json(command);
  return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string info_text(const std::string& run) {
  const RunFile file(run);
  std::string out;
  const auto line = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) out += fmt::format("{:<18}  {}\n", name, value);
  };
  line("title", file.text("title"));
  line("summary", file.text("summary"));
  line("file", file.path());
  const auto why = reason(file);
  line("status", file.text("status") + (why.empty() ? "" : ": " + why));
  for (const auto& remark : remarks(file)) line("", remark);
  for (const auto& q : quality(file)) line("", q);
  if (!has_draws(file) && !file.file().is_group("/ladder") && !file.file().is_group("/zoom"))
    line(time_name(file), file.text("t_reached"));
  std::string counts;
  for (const auto& [name, n] : file.counts())
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", n, count_label(name));
  line("counts", counts);
  for (const auto& [name, value] : description(file)) line(count_label(name), value);
  for (const auto& r : file.records()) out += text_record(file, r);
  for (const auto& [group, what] : draws_contents(file)) line(group, what);
  if (file.events()) out += text_record(file, *file.events());
  line("source", file.text("source"));
  for (const char* name : origin) line(count_label(name), file.provenance_text(name));
  line("checkpoint", has_checkpoint(file) ? "yes" : "none");
  line("resume", resume_command(file));
  return out;
}

}  // namespace thalweg
