// sweep: many runs of one configuration with some keys varied.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/progress_bar.hpp>
#include <thalweg/app/signals.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/sweep/sweep.hpp>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace thalweg {

namespace {

std::string text_of(const SweepSummary& s) {
  std::string text = fmt::format("{}: {}\n", s.status, s.reason);
  text += fmt::format("  {:<22}{}\n", "members", s.members);
  text += fmt::format("  {:<22}{}\n", "finished before", s.found);
  text += fmt::format("  {:<22}{}\n", "run now", s.ran);
  for (const auto& [name, n] : s.ends) text += fmt::format("  {:<22}{}\n", name, n);
  text += fmt::format("  {:<22}{:.3g}\n", "seconds", s.seconds);
  if (!s.failures.empty()) text += "failures (all are in the file)\n";
  for (const auto& f : s.failures) text += "  " + f + "\n";
  text += "files\n  " + s.file + "\n";
  if (s.report) text += "  " + s.directory + "/report.html\n";
  return text;
}

std::string json_of(const SweepSummary& s, int exit_code) {
  nlohmann::ordered_json j{
      {"schema", "thalweg-sweep-1"}, {"directory", s.directory},   {"file", s.file},
      {"status", s.status},          {"reason", s.reason},         {"exit_code", exit_code},
      {"members", s.members},        {"finished_before", s.found}, {"run_now", s.ran},
      {"outcomes", s.ends},          {"failures", s.failures},     {"collected", s.collected},
      {"seconds", s.seconds},        {"warnings", s.warnings}};
  return j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string text_of(const CheckedSweep& c, bool list) {
  std::string text = "axes\n";
  for (const auto& a : c.axes) text += "  " + a + "\n";
  text += "collected\n";
  for (const auto& a : c.collected) text += "  " + a + "\n";
  if (list) text += "members\n";
  if (list)
    for (const auto& m : c.members)
      text += fmt::format("  {}  {:<14}{}\n", m.id, m.end == "not_run" ? "-" : m.end, m.words);
  for (const auto& r : c.remarks) text += "# " + r + "\n";
  return text;
}

std::string json_of(const CheckedSweep& c) {
  nlohmann::ordered_json j{{"schema", "thalweg-sweep-check-1"},
                           {"ok", true},
                           {"axes", c.axes},
                           {"collected", c.collected},
                           {"remarks", c.remarks}};
  j["members"] = nlohmann::ordered_json::array();
  for (const auto& m : c.members)
    j["members"].push_back({{"id", m.id}, {"outcome", m.end}, {"values", m.words}});
  return j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

SweepRequest request_of(const Options& options) {
  SweepRequest request;
  request.file = options.target;
  request.set = options.set;
  request.directory = options.out.empty() ? default_directory(options.target) : options.out;
  request.force = options.force;
  request.retry_failed = options.retry_failed;
  request.arguments = options.arguments;
  return request;
}

}  // namespace

const char* const sweep_lesson =
    "a sweep file (`describe sweep` has every key)\n"
    "  base = \"run.toml\"               # beside this file, or a [base] table\n"
    "  [[axis]]                        # a dimension of sweep.h5\n"
    "  key = \"dynamics.learning_rate\"\n"
    "  from = 0.01\n"
    "  to = 1.0\n"
    "  count = 20\n"
    "  scale = \"log\"\n"
    "  [[axis]]\n"
    "  key = \"seed\"\n"
    "  values = [1, 2, 3]\n"
    "  [[collect]]                     # which numbers of each run\n"
    "  what = [\"loss\", \"accuracy\"]\n"
    "  take = \"minimum\"\n"
    "the base may be a run of [lyapunov], [sampler], [evidence] or [plane], too: the numbers of "
    "its\n"
    "end are collected; reference.NAME beside them gives known values\n"
    "files: DIR/sweep.h5 (xarray opens it), DIR/report.html; finished members are kept in\n"
    "DIR/checkpoint and not run again, after Ctrl-C, a kill or a change of the file\n";

int check_sweep_command(const Options& options) {
  const auto checked = check_sweep(request_of(options));
  print(options.json
            ? json_of(checked)
            : text_of(checked, options.list) + "# ok: " + options.target + " can be run\n");
  return 0;
}

int sweep_command(const Options& options) {
  if (options.list) return check_sweep_command(options);
  const SignalWatch watch;
  ProgressBar bar(options.quiet, talks_to_terminal());
  auto request = request_of(options);
  request.stop_signal = SignalWatch::received();
  request.on_progress = [&](double fraction, const std::string& words) {
    bar.update(fraction, words);
  };
  request.on_begin = [&](const std::string& path) {
    bar.clear();
    say("writing to " + shell_word(path));
  };
  request.on_notice = [&](const std::string& text) {
    bar.clear();
    warn(text);
  };
  const auto summary = run_sweep(request);
  bar.clear();
  const int exit_code = summary.exit_code(*SignalWatch::received());
  print(options.json ? json_of(summary, exit_code) : text_of(summary));
  for (const auto& w : summary.warnings) warn(w);
  if (exit_code == 6 || exit_code > 100)
    say("to go on: the same command (finished members are not run again)");
  else if (exit_code != 0)
    complain(summary.reason);
  return exit_code;
}

}  // namespace thalweg
