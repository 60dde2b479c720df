// run and resume: a config or a run's directory, the loop, and what to tell about it.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/progress_bar.hpp>
#include <thalweg/app/run_summary.hpp>
#include <thalweg/app/signals.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/diagnose/verdicts.hpp>
#include <thalweg/run/experiment.hpp>
#include <thalweg/sweep/sweep.hpp>

#include <filesystem>

namespace thalweg {

namespace {

constexpr Index fewest_draws = 20;  // of each chain, to say anything

// What `diagnose` would say, in its sentences alone. The draws are whole whatever it finds.
std::string diagnosis_in_short(const std::string& directory) {
  try {
    DiagnoseOptions options;
    options.most_entries = 200;  // of a variable, so that this takes no time
    const auto judgement = judge(diagnose(DrawsFile(directory), options), Judged::all);
    std::string text =
        "diagnosis (thalweg diagnose " + shell_word(directory) + " has the numbers)\n";
    for (const auto& v : judgement.verdicts)
      text += (v.state == Verdict::State::failed ? "! " : "  ") + v.sentence + "\n";
    for (const auto& hint : judgement.hints) text += "  " + hint + "\n";
    return text;
  } catch (const std::exception& e) {
    return std::string("diagnosis\n  there is none: ") + e.what() + "\n";
  }
}

// `start` begins or continues a run with the request it is handed.
template <class Start>
int drive(const Options& options, const std::string& directory, Start start) {
  const SignalWatch watch;
  ProgressBar bar(options.quiet, talks_to_terminal());
  RunRequest request;
  request.directory = directory;
  request.force = options.force;
  request.arguments = options.arguments;
  request.stop_signal = SignalWatch::received();
  request.on_progress = [&](const Progress& progress, double loss) { bar.update(progress, loss); };
  request.on_sampling = [&](double fraction, const std::string& words) {
    bar.update(fraction, words);
  };
  request.on_begin = [](const std::string& path) { say("writing to " + shell_word(path)); };
  request.on_notice = [&](const std::string& text) {
    bar.clear();
    warn(text);
  };
  const RunSummary summary = start(request);
  bar.clear();

  const int exit_code = summary.exit_code(*SignalWatch::received());
  print(options.json ? summary_json(summary, exit_code) : summary_text(summary));
  if (!options.json && summary.sampling && summary.sampling->draws >= fewest_draws)
    print(diagnosis_in_short(directory));
  const auto shown = shell_word(directory);
  if (resumable(summary.outcome))
    say("to go on: " + shell_word(options.program) + " resume " + shown);
  else if (!success(summary.outcome))
    complain(summary.message + " (the last finite state is in " + shown + "/result.h5)");
  for (const auto& quality : summary.quality_messages)
    if (!summary.quality_met) complain(quality);
  return exit_code;
}

}  // namespace

std::string default_directory(const std::string& config_path) {
  const auto path = std::filesystem::absolute(config_path).lexically_normal();
  auto name = path.stem();
  if ((name == "run" || name == "sweep") && path.parent_path().has_filename())
    name = path.parent_path().filename();
  return ("runs" / name).string();
}

int run_command(const Options& options) {
  auto config = Config::from_file(options.target);
  if (is_sweep(config))
    throw ConfigError(options.target + " is a sweep file: " + shell_word(options.program) +
                      " sweep " + shell_word(options.target));
  for (const auto& assignment : options.set) {
    config.set(assignment);
    remark("set " + assignment);
  }
  const auto directory = options.out.empty() ? default_directory(options.target) : options.out;
  return drive(options, directory, [&](const RunRequest& request) { return run(config, request); });
}

int resume_command(const Options& options) {
  if (is_sweep_directory(options.target))
    throw ConfigError(options.target +
                      " holds a sweep, which goes on by the command that began it: thalweg sweep "
                      "FILE --out " +
                      shell_word(options.target) + " (finished members are not run again)");
  return drive(options, options.target,
               [&](const RunRequest& request) { return resume(options.set, request); });
}

}  // namespace thalweg
