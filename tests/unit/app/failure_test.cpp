#include <support/catch.hpp>

#include <filesystem>
#include <new>
#include <stdexcept>
#include <thalweg/app/commands.hpp>
#include <thalweg/core/error.hpp>
#include <vector>

using namespace thalweg;

namespace {

template <class F>
Failure failure_of(F f) {
  try {
    f();
  } catch (...) {
    return current_failure();
  }
  return {0, ""};
}

}  // namespace

TEST_CASE("every kind of exception has its exit code", "[app][error]") {
  CHECK(failure_of([] { throw ConfigError("c"); }).exit_code == 2);
  CHECK(failure_of([] { throw ModelError("m"); }).exit_code == 2);
  CHECK(failure_of([] { throw SolveError("s"); }).exit_code == 3);
  CHECK(failure_of([] { throw IoError("i"); }).exit_code == 5);
  CHECK(failure_of([] { std::filesystem::rename("/no/such/file", "/no/such/place"); }).exit_code ==
        5);
  CHECK(failure_of([] { throw std::bad_alloc(); }).exit_code == 2);
  CHECK(failure_of([] {
          std::vector<double> huge;
          huge.resize(huge.max_size() + 1);
        }).exit_code == 2);
  CHECK(failure_of([] { throw std::logic_error("surprise"); }).exit_code == 1);
  CHECK(failure_of([] { throw 3; }).exit_code == 1);
}

TEST_CASE("an expected error is told as it is, an unexpected one asks for a report",
          "[app][error]") {
  CHECK(failure_of([] { throw ConfigError("run.toml:1:1: x = 1 must be > 1"); }).message ==
        "run.toml:1:1: x = 1 must be > 1");
  const auto surprise = failure_of([] { throw std::logic_error("surprise"); }).message;
  CHECK(surprise.find("internal error: surprise") == 0);
  CHECK(surprise.find("please report") != std::string::npos);
}
