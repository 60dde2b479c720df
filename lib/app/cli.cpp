#include <thalweg/app/cli.hpp>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <thalweg/app/commands.hpp>
#include <thalweg/app/completion.hpp>
#include <thalweg/app/config_rows.hpp>
#include <thalweg/app/everything.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/config/describe_fields.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/core/version.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>

namespace thalweg {

namespace {

using Command = int (*)(const Options&);

struct Verb {
  std::string name, argument, argument_help, purpose;
  std::vector<std::string> examples;  ///< without the program's name
  Command command;                    ///< null: completion
  bool argument_optional = false;
  std::string second{}, second_help{};  ///< an optional second argument
  std::string more{};                   ///< at the end of its help
};

// CLI11 takes the words apart; what it would say about them is said here, with the nearest name.
class CommandLine {
 public:
  explicit CommandLine(std::string name);
  /// Reads argv and runs the verb. Throws the errors of core/error.hpp.
  int run(int argc, char** argv);

  [[nodiscard]] std::string guide() const;
  [[nodiscard]] std::string help(const Verb& verb, const CLI::App& app) const;

 private:
  void add(Verb verb);
  static void flag(CLI::App* app, const std::string& name, bool& to, const std::string& help);
  template <class Text>
  static void value(CLI::App* app, const std::string& name, const std::string& type, Text& to,
                    const std::string& help);
  [[nodiscard]] CompletionTable completion_table() const;
  void refuse_extras(const CLI::App* verb) const;
  [[nodiscard]] const Verb* find(const std::string& name) const;

  std::string name_;
  CLI::App app_;
  std::vector<Verb> verbs_;
  Options options_;
  std::optional<std::string> threads_;
  bool help_ = false, version_ = false, verbose_ = false, no_color_ = false;
};

CommandLine::CommandLine(std::string name) : name_(std::move(name)) {
  app_.set_help_flag();
  app_.allow_extras()->require_subcommand(0, 1);
  flag(&app_, "-q,--quiet", options_.quiet, "no talk on stderr but warnings and errors");
  flag(&app_, "-v,--verbose", verbose_, "say more");
  flag(&app_, "--no-color", no_color_, "no colours on a terminal (or set NO_COLOR)");
  flag(&app_, "-h,--help", help_, "this text");
  flag(&app_, "--version", version_, "version, commit, instruction set and libraries");

  add({"run",
       "CONFIG",
       "a TOML file (`describe config` shows every key)",
       "Run a configuration; rows, checkpoints and a report go to a directory.",
       {"run examples/01_gradient_flow/run.toml", "run run.toml --set time.end=50 --out runs/long",
        "run run.toml --set seed=3 --json"},
       run_command});
  add({"resume",
       "RUN",
       "the directory of a run",
       "Go on with a run that was stopped, from its last checkpoint.",
       {"resume runs/01_gradient_flow", "resume runs/01_gradient_flow --set time.end=200",
        "resume runs/long --set limits.max_wall=3600"},
       resume_command});
  add({"sweep",
       "SWEEP",
       "a TOML file: a base configuration, [[axis]] tables, what to [[collect]]",
       "Run a configuration for many values of some keys; run again to go on.",
       {"sweep examples/20_sweep_digits/sweep.toml", "sweep sweep.toml --list",
        "sweep sweep.toml --set axis[0].count=5 --out runs/coarse"},
       sweep_command,
       false,
       {},
       {},
       sweep_lesson});
  add({"analyze",
       "RUN",
       "the directory of a finished run",
       "Analyse the states that a run has stored; adds to RUN/analysis and its report.",
       {"analyze runs/05_hessian_spectrum hessian",
        "analyze runs/long hessian_eigenvalues --set matrix=gauss_newton --name gauss_newton",
        "analyze runs/long hessian_density --every 10 --force"},
       analyze_command,
       false,
       "[ANALYSIS]",
       "a name from `list analyses` or the beginning of some, \"hessian\" (default: all)"});
  add({"diagnose",
       "FILE",
       "a file of draws in the ArviZ layout, or the directory of a run that made one",
       "Say whether draws can be believed: R-hat, effective sizes, divergences.",
       {"diagnose runs/08_bayesian_iris", "diagnose draws.nc --strict --quiet > /dev/null",
        "diagnose runs/08_bayesian_iris --functions --json"},
       diagnose_command});
  add({"check",
       "CONFIG",
       "a TOML file, of a run or a sweep",
       "Check a configuration without running it; prints it with all defaults.",
       {"check run.toml", "check run.toml --set solver.rtol=1e-8", "check run.toml --json"},
       check_command});
  add({"list",
       "[WHAT]",
       "models, solvers, quantities, data, fields, adjoints, ... (default: all)",
       "List the names that a configuration may use.",
       {"list", "list solvers", "list models --json"},
       list_command,
       true});
  add({"describe",
       "NAME",
       "a name from `list`, or `config` or `sweep` for all keys of such a file",
       "Describe what a name stands for: equation, fields, units, defaults, source.",
       {"describe quadratic", "describe sweep", "describe loss --json"},
       describe_command});
  add({"check-model",
       "MODEL",
       "a model's name, or a TOML file with a [model] table",
       "Test the derivatives of a model against each other and against differences.",
       {"check-model quadratic", "check-model quadratic --set model.dim=50",
        "check-model run.toml --gradient"},
       check_model_command});
  add({"report",
       "RUN",
       "the directory of a run",
       "Write report.html of a run anew; it may be unfinished.",
       {"report runs/01_gradient_flow", "report .", "report runs/long --quiet"},
       report_command});
  add({"info",
       "FILE",
       "a result file or the directory of a run",
       "Say what is in a result: status, counts, series and where it comes from.",
       {"info runs/01_gradient_flow", "info result.h5", "info runs/long --json"},
       info_command});
  add({"completion",
       "SHELL",
       "bash, zsh or fish",
       "Print a script that completes this command line in a shell.",
       {"completion bash > ~/.local/share/bash-completion/completions/thalweg",
        "completion zsh > ~/.zfunc/_thalweg",
        "completion fish > ~/.config/fish/completions/thalweg.fish"},
       nullptr});

  auto* diagnose = app_.get_subcommand("diagnose");
  flag(diagnose, "--strict", options_.strict,
       "exit code 4 unless R-hat < 1.01, ESS > 100 per chain, no divergence, ...");
  flag(diagnose, "--all", options_.all, "every entry of large arrays, not the worst alone");
  flag(diagnose, "--functions", options_.functions,
       "judge functions alone: log likelihood, predictions, lp (for networks)");
  value(diagnose, "--threads", "N", threads_,
        "threads, 1 to 1024 (default: all processors); the numbers do not depend on it");
  for (const std::string verb : {"run", "resume", "sweep", "check", "check-model"}) {
    auto* app = app_.get_subcommand(verb);
    app->add_option("--set", options_.set,
                    verb == "sweep" ? "a key of the sweep file, e.g. axis[0].count=5; repeatable"
                                    : "a key of the config, e.g. time.end=50; repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    value(app, "--threads", "N", threads_,
          "threads, 1 to 1024 (default: all processors); the numbers do not depend on it");
  }
  flag(app_.get_subcommand("check-model"), "--gradient", options_.gradient,
       "compare the gradients of all adjoints of a model that has a choice of them");
  auto* analyze = app_.get_subcommand("analyze");
  analyze
      ->add_option("--set", options_.set, "an option of the analysis, e.g. largest=6; repeatable")
      ->type_name("OPTION=VALUE")
      ->allow_extra_args(false);
  value(analyze, "--every", "N", options_.every, "every N-th stored state, and the last");
  value(analyze, "--name", "NAME", options_.name,
        "of the results: RUN/analysis/NAME.h5 (default: that of the analysis)");
  value(analyze, "--threads", "N", threads_,
        "threads, 1 to 1024 (default: all processors); the numbers do not depend on it");
  flag(analyze, "--strict", options_.strict, "exit code 4 when a verdict is FAIL");
  flag(analyze, "--force", options_.force, "replace earlier results of the same analyses");
  auto* run = app_.get_subcommand("run");
  value(run, "--out", "DIR", options_.out, "directory of the run (default: runs/<name of CONFIG>)");
  flag(run, "--force", options_.force, "replace a run that is already there");
  auto* sweep = app_.get_subcommand("sweep");
  value(sweep, "--out", "DIR", options_.out,
        "directory of the sweep (default: runs/<name of SWEEP>)");
  flag(sweep, "--list", options_.list, "check, and show the members and what they may cost");
  flag(sweep, "--force", options_.force, "forget the members that are finished");
  flag(sweep, "--retry-failed", options_.retry_failed, "run failed members anew");
  for (const char* verb : {"run", "resume", "sweep", "analyze", "diagnose", "check", "list",
                           "describe", "check-model", "info"})
    flag(app_.get_subcommand(verb), "--json", options_.json, "print JSON, for a program");
}

void CommandLine::add(Verb verb) {
  auto* app = app_.add_subcommand(verb.name);
  app->set_help_flag();
  app->allow_extras()->fallthrough();
  app->add_option("target", options_.target);
  if (!verb.second.empty()) app->add_option("second", options_.second);
  verbs_.push_back(std::move(verb));
}

void CommandLine::flag(CLI::App* app, const std::string& name, bool& to, const std::string& help) {
  app->add_flag(name, to, help)
      ->disable_flag_override()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// The last one counts when it is given again.
template <class Text>
void CommandLine::value(CLI::App* app, const std::string& name, const std::string& type, Text& to,
                        const std::string& help) {
  app->add_option(name, to, help)
      ->type_name(type)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

const Verb* CommandLine::find(const std::string& name) const {
  const auto verb = std::ranges::find(verbs_, name, &Verb::name);
  return verb == verbs_.end() ? nullptr : &*verb;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& s : option->get_snames()) names.push_back("-" + s);
    for (const auto& l : option->get_lnames()) names.push_back("--" + l);
  }
  return names;
}

// "  -q,--quiet            say nothing ..."
std::string option_lines(const CLI::App& app) {
  std::string text;
  for (const auto* option : app.get_options()) {
    if (option->get_positional()) continue;
    auto name = option->get_name(false, true);
    if (option->get_items_expected_max() > 0) name += " " + option->get_type_name();
    text += "  " + pad(name, 20) + option->get_description() + "\n";
  }
  return text;
}

std::string CommandLine::guide() const {
  auto text = fmt::format(
      "thalweg {} simulates learning and deep networks as physics.\n\n"
      "usage: {} VERB [options]\n\nverbs\n",
      build_info().version, name_);
  for (const auto& verb : verbs_)
    text += "  " + pad(verb.name + " " + verb.argument, 20) + verb.purpose + "\n";
  text += "\noptions\n" + option_lines(app_);
  text += fmt::format(
      "\nexamples\n"
      "  {0} run examples/01_gradient_flow/run.toml\n"
      "  {0} describe config\n"
      "  {0} run --help\n\n"
      "exit codes: 0 done, 1 internal error, 2 usage or configuration, 3 numerical failure,\n"
      "4 a requested quality was not met, 5 file trouble, 6 stopped early and resumable,\n"
      "130 or 143 after Ctrl-C or SIGTERM with a checkpoint written\n",
      name_);
  return text;
}

std::string CommandLine::help(const Verb& verb, const CLI::App& app) const {
  auto text = fmt::format("{}\n\nusage: {} {} {}{}{} [options]\n\n  {}{}\n", verb.purpose, name_,
                          verb.name, verb.argument, verb.second.empty() ? "" : " ", verb.second,
                          pad(verb.argument, 20), verb.argument_help);
  if (!verb.second.empty()) text += "  " + pad(verb.second, 20) + verb.second_help + "\n";
  text += "\noptions\n";
  text += option_lines(app) + option_lines(app_) + "\nexamples\n";
  for (const auto& example : verb.examples) text += fmt::format("  {} {}\n", name_, example);
  if (!verb.more.empty()) text += "\n" + verb.more;
  return text;
}

void CommandLine::refuse_extras(const CLI::App* verb) const {
  auto extras = app_.remaining(true);
  std::erase(extras, "--");
  if (extras.empty()) return;
  const auto& word = extras.front();
  const auto see = fmt::format(" ({} {}--help)", name_, verb ? verb->get_name() + " " : "");
  if (word.starts_with("-") && word.size() > 1) {
    auto names = option_names(app_);
    if (verb) std::ranges::move(option_names(*verb), std::back_inserter(names));
    const auto option = word.substr(0, word.find('='));
    const auto near = option.size() > 2 ? nearest_name(option, names) : "";
    throw ConfigError(fmt::format("unknown option {}{}{}", option,
                                  verb ? " of " + verb->get_name() : "",
                                  near.empty() ? see : "; did you mean " + near + "?"));
  }
  if (verb)
    throw ConfigError(
        fmt::format("\"{}\" is one argument too many for {}{}", word, verb->get_name(), see));
  std::error_code ignored;
  if (std::filesystem::exists(word, ignored))
    throw ConfigError(fmt::format("\"{0}\" is not a verb; did you mean {1} {2} {0}?", word, name_,
                                  std::filesystem::is_directory(word, ignored) ? "info" : "run"));
  std::vector<std::string> names;
  for (const auto& v : verbs_) names.push_back(v.name);
  throw ConfigError(fmt::format("unknown verb \"{}\"{}", word, name_hint(word, names)));
}

// What may stand for CONFIG, RUN, KEY=VALUE and so on.
CompletionValue completion_of(const std::string& placeholder) {
  CompletionValue value{.name = placeholder};
  if (placeholder == "CONFIG" || placeholder == "SWEEP" || placeholder == "MODEL")
    value.extension = ".toml";
  if (placeholder == "FILE") value.extension = ".h5";
  value.directories = placeholder == "RUN" || placeholder == "FILE" || placeholder == "DIR";
  if (placeholder == "[WHAT]") value.words = groups();
  if (placeholder == "[ANALYSIS]") value.words = {"hessian"};
  if (placeholder == "SHELL") value.words = {"bash", "zsh", "fish"};
  if (placeholder == "NAME") value.words = {"config", "sweep"};
  for (const auto& named : everything()) {
    if (placeholder == "NAME" || (placeholder == "MODEL" && named.group == "models") ||
        (placeholder == "[ANALYSIS]" && named.group == "analyses"))
      value.words.push_back(named.name);
    if (placeholder == "OPTION=VALUE" && named.group == "analyses")
      for (const auto& row : describe_fields(named.describe))
        if (std::ranges::find(value.words, row.key + "=") == value.words.end())
          value.words.push_back(row.key + "=");
  }
  if (placeholder == "KEY=VALUE")
    for (const auto& row : config_rows())
      if (row.key.find('[') == std::string::npos && row.type != "table")
        value.words.push_back(row.key + "=");
  return value;
}

std::vector<CompletionOption> completion_options(const CLI::App& app) {
  std::vector<CompletionOption> options;
  for (const auto* option : app.get_options()) {
    if (option->get_positional()) continue;
    const auto& shorts = option->get_snames();
    options.push_back({.long_name = "--" + option->get_lnames().front(),
                       .short_name = shorts.empty() ? "" : "-" + shorts.front(),
                       .help = option->get_description()});
    if (option->get_items_expected_max() > 0)
      options.back().value = completion_of(option->get_type_name());
  }
  return options;
}

CompletionTable CommandLine::completion_table() const {
  CompletionTable table{.program = name_, .verbs = {}, .options = completion_options(app_)};
  for (const auto& verb : verbs_)
    table.verbs.push_back({verb.name, verb.purpose, completion_of(verb.argument),
                           completion_options(*app_.get_subcommand(verb.name)),
                           verb.second.empty() ? CompletionValue{} : completion_of(verb.second)});
  return table;
}

// CLI11 explains a wrong number of values as "--out: 1 required TEXT missing", a value too many as
// "--force was given a disallowed flag override".
std::string readable(const CLI::ParseError& e) {
  const std::string text = e.what();
  if (e.get_name() != "ArgumentMismatch") return text;
  const auto option = text.substr(0, text.find_first_of(": "));
  return (option.starts_with("-") ? "" : "--") + option +
         (text.find("override") != std::string::npos ? " takes no value" : " needs a value");
}

int parse_threads(const std::string& text) {
  int n = 0;
  if (CLI::detail::lexical_cast(text, n) && n >= 1 && n <= 1024) return n;
  throw ConfigError("--threads = " + text + " must be a whole number from 1 to 1024");
}

int CommandLine::run(int argc, char** argv) {
  options_.program = argc > 0 ? argv[0] : name_;
  options_.arguments.assign(argv, argv + argc);
  std::string trouble;
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    trouble = readable(e);
  }
  const char* no_color = std::getenv("NO_COLOR");
  set_talk({.name = name_,
            .quiet = options_.quiet,
            .verbose = verbose_,
            .color = !no_color_ && !(no_color && *no_color)});
  if (!trouble.empty()) throw ConfigError(trouble);

  const auto parsed = app_.get_subcommands();
  const CLI::App* app = parsed.empty() ? nullptr : parsed.front();
  const Verb* verb = app ? find(app->get_name()) : nullptr;
  const bool asks_help = argc > 1 && std::string_view(argv[1]) == "help";  // `thalweg help run`
  if (help_ || asks_help) {
    if (!asks_help) refuse_extras(app);
    print(verb ? help(*verb, *app) : guide());
    return 0;
  }
  refuse_extras(app);
  if (version_) {
    print(version_text());
    return 0;
  }
  if (!verb) {
    print(guide());
    return 0;
  }
  if (options_.target.empty() && !verb->argument_optional)
    throw ConfigError(fmt::format("{} needs {}, {} ({} {} --help)", verb->name, verb->argument,
                                  verb->argument_help, name_, verb->name));
  if (threads_) set_threads(parse_threads(*threads_));
  remark(fmt::format("thalweg {}, {}, {} threads", build_info().version,
                     mlp_kernel::instruction_set(), threads()));
  if (!verb->command) {  // completion needs to know all of the above
    print(completion_script(options_.target, completion_table()));
    return 0;
  }
  return verb->command(options_);
}

}  // namespace

int command_line(int argc, char** argv) {
  const std::string name =
      argc > 0 ? std::filesystem::path(argv[0]).filename().string() : std::string("thalweg");
  // A reader that goes away shows as a failed write, not as a sudden death in the middle of a run.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    set_talk({.name = name});
    return CommandLine(name).run(argc, argv);
  } catch (...) {
    const auto failure = current_failure();
    complain(failure.message);
    return failure.exit_code;
  }
}

}  // namespace thalweg
