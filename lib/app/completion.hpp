// Scripts by which bash, zsh and fish complete a command line `program VERB [options] ARGUMENT`.
#pragma once
#include <string>
#include <vector>

namespace thalweg {

/// What may stand at one place of the command line.
struct CompletionValue {
  std::string name{};                ///< shown by zsh: "CONFIG"; empty: nothing stands there
  std::vector<std::string> words{};  ///< a word that ends in = is completed without a space
  std::string extension{};           ///< files with this ending: ".toml"; "*" for any file
  bool directories = false;
};

struct CompletionOption {
  std::string long_name;     ///< "--out"
  std::string short_name{};  ///< "-o", or empty
  std::string help{};
  CompletionValue value{};  ///< without a name: the option is a flag
};

struct CompletionVerb {
  std::string name, purpose;
  CompletionValue argument{};
  std::vector<CompletionOption> options{};
  CompletionValue second{};  ///< without a name: there is one argument
};

struct CompletionTable {
  std::string program;  ///< "thalweg"
  std::vector<CompletionVerb> verbs;
  std::vector<CompletionOption> options{};  ///< before and after every verb
};

/// @param shell  "bash", "zsh" or "fish"
/// @throws ConfigError for another shell
std::string completion_script(const std::string& shell, const CompletionTable& table);

}  // namespace thalweg
