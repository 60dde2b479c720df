// diagnose: whether the draws of a file can be believed.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/progress_bar.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/diagnose/write_diagnosis.hpp>
#include <thalweg/sweep/sweep.hpp>

namespace thalweg {

int diagnose_command(const Options& options) {
  if (is_sweep_directory(options.target))
    throw ConfigError(options.target +
                      " holds a sweep: R-hat and effective sizes of all members are collected with "
                      "record = \"draws\"; with keep_runs = true each member can be diagnosed in " +
                      shell_word(options.target + "/members"));
  ProgressBar bar(options.quiet, talks_to_terminal());
  const DrawsFile file(options.target);
  DiagnoseOptions diagnosis;
  diagnosis.keep_all = options.all || options.json;
  diagnosis.on_progress = [&](double fraction, const std::string& what) {
    bar.update(fraction, what);
  };
  const auto found = diagnose(file, diagnosis);
  bar.clear();
  const auto judgement = judge(found, options.functions ? Judged::functions : Judged::all);
  const int exit_code = options.strict && !judgement.passed() ? 4 : 0;
  print(options.json ? diagnosis_json(found, judgement, exit_code)
                     : diagnosis_text(found, judgement));
  if (exit_code != 0) {
    std::string failed;
    for (const auto& v : judgement.verdicts)
      if (v.state == Verdict::State::failed) failed += (failed.empty() ? "" : ", ") + v.name;
    complain("verdicts that failed: " + failed);
  }
  return exit_code;
}

}  // namespace thalweg
