// The scripts are run by the shells themselves. bash is always there; zsh and fish are installed by
// ./thalweg test, and where they are missing the test fails under CI and warns elsewhere.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <thalweg/app/completion.hpp>
#include <thalweg/core/error.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace thalweg;

namespace {

using Words = std::set<std::string>;

CompletionTable sample() {
  const CompletionOption set{
      "--set", "", "a key of the config", {"KEY=VALUE", {"solver.rtol=", "solver.atol=", "seed="}}};
  const CompletionOption out{"--out", "", "a [directory]: it's new", {"DIR", {}, "", true}};
  return {"my-sim",
          {{"run", "Run a configuration: it's quick", {"CONFIG", {}, ".toml"}, {out, set}},
           {"report", "Write a report", {"RUN", {}, "", true}},
           {"list", "List names", {"WHAT", {"models", "solvers"}}, {{"--json", "", "as JSON"}}},
           {"info", "Say what is in a file", {"FILE", {}, "*"}},
           {"analyze", "Analyse", {"RUN", {}, "", true}, {}, {"[NAME]", {"hessian"}}}},
          {{"--quiet", "-q", "say nothing"}}};
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const auto n = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
    text.append(buffer.data(), n);
  return text;
}

bool installed(const std::string& shell) {
  if (std::system(("command -v " + shell + " > /dev/null").c_str()) == 0) return true;
  INFO(shell << " is not installed");
  CHECK_FALSE(std::getenv("CI"));
  WARN(shell + " is not installed: its completion is not tested");
  return false;
}

// A folder with two configurations, another file and a directory, and the script to be tested.
class Place {
 public:
  explicit Place(const std::string& shell) : shell_(shell) {
    for (const char* name : {"run.toml", "a b.toml", "notes.txt"})
      std::ofstream(directory_.file(name)) << "";
    std::filesystem::create_directory(directory_.file("runs"));
    std::ofstream(directory_.file(".script")) << completion_script(shell, sample());
  }
  [[nodiscard]] std::string run(const std::string& text) const {
    std::ofstream(directory_.file(".test")) << text;
    return output_of("cd '" + directory_.file("") + "' && " + shell_ + " .test 2>&1");
  }

 private:
  std::string shell_;
  TemporaryDirectory directory_;
};

Words lines(const std::string& text) {
  Words words;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) words.insert(line.substr(0, line.find('\t')));
  return words;
}

struct Question {
  std::vector<std::string> typed;  // the last one is the word at the cursor
  Words offered;
};

const std::vector<Question> questions{
    {{"my-sim", ""}, {"run", "report", "list", "info", "analyze"}},
    {{"my-sim", "analyze", "runs", "h"}, {"hessian"}},
    {{"my-sim", "r"}, {"run", "report"}},
    {{"my-sim", "-q", "li"}, {"list"}},
    {{"my-sim", "list", ""}, {"models", "solvers"}},
    {{"my-sim", "-q", "list", "m"}, {"models"}},
    {{"my-sim", "list", "--j"}, {"--json"}},
    {{"my-sim", "run", "run.toml", "--q"}, {"--quiet"}},
    {{"my-sim", "run", "run.toml", "--set", "sol"}, {"solver.rtol=", "solver.atol="}},
    {{"my-sim", "run", "--out", "ru"}, {"runs"}},
};

}  // namespace

TEST_CASE("bash completes verbs, options, their values and files", "[app][unit]") {
  const Place place("bash");
  const auto offered = [&](const std::vector<std::string>& typed) {
    std::string text = "source .script\nCOMP_WORDS=(";
    for (const auto& word : typed) text += " '" + word + "'";
    return lines(place.run(text + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                                  "spec=$(complete -p my-sim)\n"  // the function that is registered
                                  "spec=${spec#complete -F }\n"
                                  "${spec% my-sim}\n"
                                  "printf '%s\\n' \"${COMPREPLY[@]}\"\n"));
  };
  for (const auto& q : questions) {
    INFO(q.typed[q.typed.size() - 2] << " " << q.typed.back());
    CHECK(offered(q.typed) == q.offered);
  }
  CHECK(offered({"my-sim", "run", ""}) == Words{"run.toml", "a b.toml", "runs"});
  CHECK(offered({"my-sim", "report", ""}) == Words{"runs"});
  CHECK(offered({"my-sim", "info", "n"}) == Words{"notes.txt"});
  CHECK(offered({"my-sim", "run", "-"}) == Words{"--out", "--set", "--quiet", "-q"});
  CHECK(offered({"my-sim", "run", "run.toml", ""}).empty());
  // bash takes key=value apart before it asks.
  CHECK(offered({"my-sim", "run", "--set", "seed", "=", "1", "no"}).empty());
  CHECK(offered({"my-sim", "run", "--set", "seed", "=", "1", "ru"}) == Words{"run.toml", "runs"});
}

TEST_CASE("fish completes verbs, options, their values and files", "[app][unit]") {
  if (!installed("fish")) return;
  const Place place("fish");
  const auto offered = [&](const std::vector<std::string>& typed) {
    std::string line;
    for (const auto& word : typed) line += (line.empty() ? "" : " ") + word;
    Words words;
    for (auto word : lines(place.run("source .script\ncomplete -C '" + line + "'\n"))) {
      if (word.ends_with('/')) word.pop_back();
      words.insert(word);
    }
    return words;
  };
  for (const auto& q : questions) {
    INFO(q.typed[q.typed.size() - 2] << " " << q.typed.back());
    CHECK(offered(q.typed) == q.offered);
  }
  CHECK(offered({"my-sim", "report", ""}) == Words{"runs"});
  CHECK(offered({"my-sim", "run", "ru"}).contains("run.toml"));
}

TEST_CASE("zsh completes verbs, options, their values and files", "[app][unit]") {
  if (!installed("zsh")) return;
  const Place place("zsh");
  // An interactive zsh on a pseudo-terminal, which is asked by pressing Tab. The list is complete
  // when nothing more comes for half a second after its first expected word, or after 20 s.
  const auto screen = [&](const std::vector<std::string>& typed, const std::string& expected) {
    std::string line;
    for (const auto& word : typed) line += (line.empty() ? "" : " ") + word;
    return place.run("line='" + line + "' expected='" + expected + R"('
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "PROMPT=; setopt no_list_beep; stty columns 200; autoload -U compinit
compinit -u -D; source ./.script; bindkey '^I' list-choices; print REA''DY"
repeat 200; do
  zpty -r -t shell part && seen+=$part || sleep 0.1
  [[ $seen == *READY* ]] && break
done
zpty -w -n shell "$line"$'\t'
seen= quiet=0
repeat 200; do
  if zpty -r -t shell part; then seen+=$part quiet=0; else sleep 0.1; ((quiet += 1)); fi
  [[ $seen == *$expected* ]] && ((quiet >= 5)) && break
done
zpty -d shell
print -r -- "$seen"
)");
  };
  for (const auto& q : questions) {
    // The typed word is echoed, so only longer words tell something.
    const auto text = screen(q.typed, *q.offered.begin());
    INFO(q.typed[q.typed.size() - 2] << " " << q.typed.back() << " -> " << text);
    for (const auto& word : q.offered) CHECK(text.find(word) != std::string::npos);
    for (const char* other : {"models", "report", "solver.atol=", "notes.txt"})
      if (!q.offered.contains(other)) CHECK(text.find(other) == std::string::npos);
  }
  const auto configs = screen({"my-sim", "run", ""}, "run.toml");
  CHECK(configs.find("a\\ b.toml") != std::string::npos);
  CHECK(configs.find("notes.txt") == std::string::npos);
}

TEST_CASE("another shell is refused with the ones there are", "[app][error]") {
  CHECK_THROWS_MATCHES(
      completion_script("tcsh", sample()), ConfigError,
      Catch::Message("unknown shell \"tcsh\"; choose \"bash\", \"zsh\" or \"fish\""));
}
