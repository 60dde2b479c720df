// What no one foresaw ends with exit code 1 and a request to report it, through the command line.
#include <support/catch.hpp>

#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thalweg/app/cli.hpp>
#include <thalweg/model.hpp>

namespace {

struct Surprise {
  void prepare() { throw std::logic_error("the impossible happened"); }
  [[nodiscard]] thalweg::Index dim() const { return 1; }
  [[nodiscard]] double value(thalweg::In) const { return 0.0; }
  void gradient(thalweg::In, thalweg::Out) const {}
};
THALWEG_MODEL(Surprise, "surprise_of_the_tests", "a model with a bug")

}  // namespace

TEST_CASE("an unforeseen exception ends with exit code 1 and asks for a report", "[app][error]") {
  const int before = dup(STDERR_FILENO);
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  dup2(ends[1], STDERR_FILENO);
  std::string program = "./my sim", verb = "check-model", name = "surprise_of_the_tests";
  std::array<char*, 4> argv{program.data(), verb.data(), name.data(), nullptr};
  const int code = thalweg::command_line(3, argv.data());
  dup2(before, STDERR_FILENO);
  std::array<char, 1000> text{};
  const auto n = read(ends[0], text.data(), text.size());
  for (const int file : {before, ends[0], ends[1]}) close(file);
  CHECK(code == 1);
  REQUIRE(n > 0);
  CHECK(std::string(text.data(), static_cast<std::size_t>(n)) ==
        "my sim: internal error: the impossible happened; please report this with the command and "
        "the config\n");
}
