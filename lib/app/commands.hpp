// What each verb of the command line gets, and the verbs. Each returns the exit code and may throw
// the errors of core/error.hpp.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace thalweg {

struct Options {
  std::string program = "thalweg";       ///< argv[0] as typed: what a suggested command begins with
  std::vector<std::string> arguments{};  ///< all of argv
  std::string target{};                  ///< the verb's argument: CONFIG, RUN, NAME, FILE ...
  std::string second{};                  ///< a second argument, of the verbs that have one
  std::vector<std::string> set{};        ///< "key.path=value", in order
  std::string out{};                     ///< directory of the run; empty: default_directory
  std::optional<std::string> every{};    ///< analyze: every n-th state
  std::optional<std::string> name{};     ///< analyze: of the results
  bool force = false, json = false, quiet = false;
  bool list = false, retry_failed = false;              ///< sweep
  bool gradient = false;                                ///< check-model: compare the adjoints
  bool strict = false, all = false, functions = false;  ///< diagnose; strict: analyze too
};

int run_command(const Options& options);
int sweep_command(const Options& options);
/// check of a sweep file, and sweep --list.
int check_sweep_command(const Options& options);
/// A small sweep file, for the help.
extern const char* const sweep_lesson;
int resume_command(const Options& options);
int analyze_command(const Options& options);
int diagnose_command(const Options& options);
int check_command(const Options& options);
int list_command(const Options& options);
int describe_command(const Options& options);
int check_model_command(const Options& options);
int report_command(const Options& options);
int info_command(const Options& options);

/// Where `run` writes without --out: "runs/" and the stem of the config's name, or the name of its
/// folder when the file is called run.toml or sweep.toml.
std::string default_directory(const std::string& config_path);

/// `word`, in single quotes where a shell would otherwise not take it as one word.
std::string shell_word(const std::string& word);

/// What --version prints: version, commit, instruction set, libraries.
std::string version_text();

/// An exit code and the sentence for an exception caught at the top.
struct Failure {
  int exit_code = 1;
  std::string message;
};

/// Must be called inside a catch block.
Failure current_failure();

}  // namespace thalweg
