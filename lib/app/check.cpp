// check: the whole of a config is read and every part built, as `run` would, and nothing is run.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/run/experiment.hpp>
#include <thalweg/sweep/sweep.hpp>

#include <nlohmann/json.hpp>

namespace thalweg {

int check_command(const Options& options) {
  if (!options.json && is_sweep(Config::from_file(options.target)))
    return check_sweep_command(options);
  const auto resolve = [&] {
    auto config = Config::from_file(options.target);
    for (const auto& assignment : options.set) config.set(assignment);
    return check(config);
  };
  if (!options.json) {
    const auto checked = resolve();
    std::string text = checked.resolved;
    for (const auto& remark : checked.remarks) text += "# " + remark + "\n";
    print(text + "# ok: " + options.target + " can be run\n");
    return 0;
  }
  nlohmann::ordered_json j{{"schema", "thalweg-check-1"}, {"ok", true}};
  int exit_code = 0;
  try {
    if (is_sweep(Config::from_file(options.target))) return check_sweep_command(options);
    const auto checked = resolve();
    j["resolved"] = checked.resolved;
    j["remarks"] = checked.remarks;
  } catch (...) {
    const auto failure = current_failure();
    exit_code = failure.exit_code;
    j["ok"] = false;
    j["error"] = failure.message;
    j["exit_code"] = exit_code;
  }
  print(j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  return exit_code;
}

}  // namespace thalweg
