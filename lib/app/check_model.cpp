// check-model: what a model promises, measured. The model by name with its defaults, or the one of
// a config; --set changes it as in a run.
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/app/check_gradient.hpp>
#include <thalweg/app/commands.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/run/run_config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace thalweg {

namespace {

Config read_config(const Options& options) {
  const auto& target = options.target;
  std::error_code ignored;
  const bool is_file = target.ends_with(".toml") || target.find('/') != std::string::npos ||
                       (!models().find(target) && std::filesystem::exists(target, ignored));
  if (!is_file) (void)models().at(target);  // an unknown name is told before any key
  auto config = is_file ? Config::from_file(target)
                        : Config::from_text("[model]\nname = \"" + target + "\"\n", target);
  for (const auto& assignment : options.set) config.set(assignment);
  return config;
}

AnyModel make_model(const Config& config) {
  ConfigReader reader(config);
  RunConfig run;
  if (config.root().find("time"))  // the whole configuration of a run
    run.fields(reader);
  else
    part<AnyModel>(reader, "model", run.model_name, models(), "what is studied",
                   [&](AnyModel&& m) { run.model = std::move(m); });
  reader.finish();
  return std::move(*run.model);
}

// A network that computes in float promises no more than float can keep.
bool computes_in_float(const Config& config) {
  const auto* model = config.root().find("model");
  const auto* precision = model ? model->find("precision") : nullptr;
  return precision && precision->text == "float";
}

const char* verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "ok";
    case Verdict::failed:
      return "FAILED";
    case Verdict::not_offered:
      return "not offered";
  }
  return "";
}

}  // namespace

int check_model_command(const Options& options) {
  const auto config = read_config(options);
  if (options.gradient) return check_gradient(config, options, make_model);
  CheckOptions check_options;
  if (computes_in_float(config)) check_options.unit_roundoff = 6e-8;
  const auto check = check_model(make_model(config), check_options);

  nlohmann::ordered_json j{{"schema", "thalweg-check-model-1"},
                           {"model", options.target},
                           {"kind", check.kind},
                           {"passed", check.passed()}};
  j["checks"] = nlohmann::ordered_json::array();
  std::size_t width = 5;
  for (const auto& row : check.rows) width = std::max(width, row.what.size());
  auto text = fmt::format("{} ({})\n  {}{:<13}{:<10}{}\n", options.target, check.kind,
                          pad("check", width + 2), "verdict", "measured", "tolerance");
  for (const auto& row : check.rows) {
    const bool measured = row.verdict != Verdict::not_offered && row.tolerance > 0;
    j["checks"].push_back(
        {{"what", row.what},
         {"verdict", verdict_text(row.verdict)},
         {"measured", measured ? nlohmann::json(row.number) : nlohmann::json()},
         {"tolerance", measured ? nlohmann::json(row.tolerance) : nlohmann::json()},
         {"reason", row.reason}});
    auto line =
        fmt::format("  {}{:<13}{:<10}{:<10}", pad(row.what, width + 2), verdict_text(row.verdict),
                    measured ? fmt::format("{:.1e}", row.number) : "",
                    measured ? fmt::format("{:.1e}", row.tolerance) : "");
    line += row.reason;
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  print(options.json ? j.dump(2) + "\n" : text);
  if (check.passed()) return 0;
  const auto failed = std::ranges::count(check.rows, Verdict::failed, &CheckRow::verdict);
  complain(fmt::format("{} of {} checks of {} failed", failed, check.rows.size(), options.target));
  return 4;
}

}  // namespace thalweg
