#include <fmt/format.h>

#include <cctype>
#include <thalweg/app/completion.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>

namespace thalweg {

namespace {

using Value = CompletionValue;

// The shells name functions after the program, which may be called my-sim.
std::string identifier(const std::string& program) {
  std::string name = "_";
  for (const char c : program) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name + "_complete";
}

// For bash and zsh; fish also reads \ inside single quotes.
std::string shell_quoted(const std::string& text, bool fish = false) {
  std::string out = "'";
  for (const char c : text) {
    if (fish && (c == '\'' || c == '\\'))
      out += {'\\', c};
    else if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::string join(const std::vector<std::string>& words, const char* between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::vector<std::string> spellings(const CompletionOption& option) {
  std::vector<std::string> names{option.long_name};
  if (!option.short_name.empty()) names.push_back(option.short_name);
  return names;
}

std::vector<CompletionOption> options_of(const CompletionTable& table, const CompletionVerb& verb) {
  auto all = verb.options;
  all.insert(all.end(), table.options.begin(), table.options.end());
  return all;
}

// bash: commands that add the candidates for the word "$cur" to COMPREPLY.
std::string bash_candidates(const Value& value) {
  std::string text;
  if (!value.words.empty())
    text += "@FUNCTION@_words " + shell_quoted(join(value.words, " ")) + "; ";
  if (!value.extension.empty()) text += "@FUNCTION@_files " + shell_quoted(value.extension) + "; ";
  if (value.directories || !value.extension.empty()) text += "@FUNCTION@_directories; ";
  return text;
}

std::string bash_cases(const std::string& verb, const std::vector<CompletionOption>& options) {
  std::string text;
  for (const auto& option : options) {
    if (option.value.name.empty()) continue;
    for (const auto& name : spellings(option))
      text += fmt::format("    '{} {}') {}return ;;\n", verb, name, bash_candidates(option.value));
  }
  return text;
}

std::string option_words(const std::vector<CompletionOption>& options) {
  std::vector<std::string> words;
  for (const auto& option : options)
    for (const auto& name : spellings(option)) words.push_back(name);
  return shell_quoted(join(words, " "));
}

std::string bash_script(const CompletionTable& table) {
  std::vector<std::string> verbs, valued;
  std::string values = bash_cases("", table.options), arguments;
  const auto note_valued = [&](const std::vector<CompletionOption>& options) {
    for (const auto& option : options)
      if (!option.value.name.empty())
        for (const auto& name : spellings(option)) valued.push_back(name);
  };
  note_valued(table.options);
  for (const auto& verb : table.verbs) {
    verbs.push_back(verb.name);
    note_valued(verb.options);
    values += bash_cases(verb.name, options_of(table, verb));
    arguments += fmt::format(
        "    '{}')\n"
        "      if [[ $cur == -* ]]; then @FUNCTION@_words {}\n"
        "      elif ((arguments == 0)); then {}:\n"
        "{}"
        "      fi ;;\n",
        verb.name, option_words(options_of(table, verb)), bash_candidates(verb.argument),
        verb.second.name.empty() ? ""
                                 : fmt::format("      elif ((arguments == 1)); then {}:\n",
                                               bash_candidates(verb.second)));
  }
  const std::string skip =
      valued.empty() ? "" : fmt::format("      {}) ((i++)) ;;\n", join(valued, "|"));
  std::string text = R"(# bash completion for @PROGRAM@
@FUNCTION@() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb='' arguments=0 i line
  COMPREPLY=()
  @FUNCTION@_words() {
    while IFS= read -r line; do
      [[ $line == *= ]] && compopt -o nospace 2> /dev/null
      COMPREPLY+=("$line")
    done < <(compgen -W "$1" -- "$cur")
  }
  @FUNCTION@_files() {
    compopt -o filenames 2> /dev/null
    while IFS= read -r line; do
      [[ -d $line ]] || COMPREPLY+=("$line")
    done < <(compgen -f -- "$cur" | grep -e "${1/#\*/}\$")
  }
  @FUNCTION@_directories() {
    compopt -o filenames 2> /dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
  }
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
@SKIP@      -*) ;;
      =) ((i++)) ;;  # bash takes --set key=value apart
      *) if [[ -z $verb ]]; then verb=${COMP_WORDS[i]}; else ((arguments++)); fi ;;
    esac
  done
  case "$verb $prev" in
@VALUES@  esac
  case $verb in
    '')
      if [[ $cur == -* ]]; then @FUNCTION@_words @OPTIONS@
      else @FUNCTION@_words @VERBS@
      fi ;;
@ARGUMENTS@  esac
}
complete -F @FUNCTION@ @PROGRAM@
)";
  const auto put = [&](const std::string& name, const std::string& value) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), value);
      at += value.size();
    }
  };
  put("@SKIP@", skip);
  put("@VALUES@", values);
  put("@ARGUMENTS@", arguments);
  put("@OPTIONS@", option_words(table.options));
  put("@VERBS@", shell_quoted(join(verbs, " ")));
  put("@FUNCTION@", identifier(table.program));
  put("@PROGRAM@", table.program);
  return text;
}

// zsh: what stands after the last colon of an _arguments spec.
std::string zsh_action(const Value& value) {
  std::vector<std::string> ways;
  if (!value.words.empty()) {
    std::vector<std::string> open, closed;
    for (const auto& word : value.words) (word.ends_with('=') ? open : closed).push_back(word);
    if (!open.empty()) ways.push_back("compadd -S \"\" -- " + join(open, " "));
    if (!closed.empty()) ways.push_back("compadd -- " + join(closed, " "));
  }
  if (value.extension == "*")
    ways.push_back("_files");
  else if (!value.extension.empty())
    ways.push_back("_files -g \"*" + value.extension + "\"");
  else if (value.directories)
    ways.push_back("_files -/");
  return ways.empty() ? " " : "{" + join(ways, "; ") + "}";
}

std::string zsh_help(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_options(const std::vector<CompletionOption>& options, const std::string& indent) {
  std::string text;
  for (const auto& option : options)
    for (const auto& name : spellings(option)) {
      std::string spec = name + "[" + zsh_help(option.help) + "]";
      if (option.long_name == "--set") spec = "*" + spec;  // may be given again
      if (!option.value.name.empty())
        spec += ":" + option.value.name + ":" + zsh_action(option.value);
      text += indent + shell_quoted(spec) + " \\\n";
    }
  return text;
}

std::string zsh_script(const CompletionTable& table) {
  const std::string function = identifier(table.program);
  std::string verbs, cases;
  for (const auto& verb : table.verbs) {
    verbs += "    " + shell_quoted(zsh_help(verb.name) + ":" + verb.purpose) + "\n";
    auto arguments = shell_quoted("1:" + verb.argument.name + ":" + zsh_action(verb.argument));
    if (!verb.second.name.empty())
      arguments += " " + shell_quoted("2::" + verb.second.name + ":" + zsh_action(verb.second));
    cases += fmt::format("        {})\n          _arguments \\\n{}            {} ;;\n", verb.name,
                         zsh_options(options_of(table, verb), "            "), arguments);
  }
  return fmt::format(R"(#compdef {0}
{1}() {{
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a verbs
  verbs=(
{2}  )
  _arguments -C \
{3}    '1: :->verb' '*:: :->rest'
  case $state in
    verb) _describe verb verbs ;;
    rest)
      case $words[1] in
{4}      esac ;;
  esac
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  {1} "$@"
else
  compdef {1} {0}
fi
)",
                     table.program, function, verbs, zsh_options(table.options, "    "), cases);
}

std::string fish_candidates(const Value& value) {
  std::vector<std::string> parts;
  if (!value.words.empty()) parts.push_back(join(value.words, " "));
  if (value.extension == "*")
    parts.push_back("(__fish_complete_path (commandline -ct))");
  else if (!value.extension.empty())
    parts.push_back("(__fish_complete_suffix " + value.extension + ")");
  else if (value.directories)
    parts.push_back("(__fish_complete_directories (commandline -ct))");
  return shell_quoted(join(parts, " "), true);
}

std::string fish_options(const std::string& begin, const std::vector<CompletionOption>& options) {
  std::string text;
  for (const auto& option : options) {
    text += begin + " -l " + option.long_name.substr(2);
    if (!option.short_name.empty()) text += " -s " + option.short_name.substr(1);
    text += " -d " + shell_quoted(option.help, true);
    if (!option.value.name.empty()) text += " -x -a " + fish_candidates(option.value);
    text += '\n';
  }
  return text;
}

std::string fish_script(const CompletionTable& table) {
  std::vector<std::string> verbs;
  for (const auto& verb : table.verbs) verbs.push_back(verb.name);
  const std::string start = "complete -c " + table.program;
  const std::string no_verb =
      start + " -n " + shell_quoted("not __fish_seen_subcommand_from " + join(verbs, " "), true);
  std::string text = "# fish completion for " + table.program + "\n" + start + " -f\n";
  text += fish_options(start, table.options);
  for (const auto& verb : table.verbs)
    text += no_verb + " -a " + shell_quoted(verb.name, true) + " -d " +
            shell_quoted(verb.purpose, true) + '\n';
  for (const auto& verb : table.verbs) {
    const std::string begin =
        start + " -n " + shell_quoted("__fish_seen_subcommand_from " + verb.name, true);
    if (!verb.argument.name.empty()) text += begin + " -a " + fish_candidates(verb.argument) + '\n';
    if (!verb.second.name.empty()) text += begin + " -a " + fish_candidates(verb.second) + '\n';
    text += fish_options(begin, verb.options);
  }
  return text;
}

}  // namespace

std::string completion_script(const std::string& shell, const CompletionTable& table) {
  if (shell == "bash") return bash_script(table);
  if (shell == "zsh") return zsh_script(table);
  if (shell == "fish") return fish_script(table);
  const std::vector<std::string> shells{"bash", "zsh", "fish"};
  throw ConfigError("unknown shell \"" + shell + "\"; choose " + quoted_list(shells));
}

}  // namespace thalweg
