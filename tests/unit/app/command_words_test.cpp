// Names and words that are shown to be used again: directories and commands to copy.
#include <support/catch.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <thalweg/app/commands.hpp>

using namespace thalweg;

TEST_CASE("a run without --out goes to runs/ under the name of its config", "[app][unit]") {
  CHECK(default_directory("my_net.toml") == "runs/my_net");
  CHECK(default_directory("a/b/my_net.toml") == "runs/my_net");
  CHECK(default_directory("examples/01_gradient_flow/run.toml") == "runs/01_gradient_flow");
  CHECK(default_directory("examples/01_gradient_flow/../02_x/run.toml") == "runs/02_x");
  CHECK(default_directory("run.toml") ==
        "runs/" + std::filesystem::current_path().filename().string());
  CHECK(default_directory("/run.toml") == "runs/run");
}

TEST_CASE("a shell takes a shown word as the one word that was meant", "[app][property]") {
  CHECK(shell_word("runs/01_gradient-flow.x") == "runs/01_gradient-flow.x");
  for (const std::string word :
       {"runs/a", "a b", "", "it's", "$HOME", "`id`", "a\nb", "*", "~", "a\\b", "\"", "-x", "(ü)",
        "a;b&c|d<e>f", "!x", "#x", "{a,b}", "[x]"}) {
    // The shell itself is the judge.
    FILE* shell = popen(("printf %s " + shell_word(word)).c_str(), "r");
    REQUIRE(shell != nullptr);
    std::array<char, 200> seen{};
    const auto n = std::fread(seen.data(), 1, seen.size(), shell);
    CHECK(pclose(shell) == 0);
    CHECK(std::string(seen.data(), n) == word);
  }
}
