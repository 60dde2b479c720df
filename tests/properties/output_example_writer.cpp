// Not a test: the process that tests/properties/output_*_test.py start, kill and read from. It
// writes the example run, prints "ack ROWS..." after each publish, and continues from its
// checkpoint when there is one. Environment: EXAMPLE_DIR, EXAMPLE_STEPS, EXAMPLE_PUBLISH (steps
// between), EXAMPLE_MODE (refresh, parts, mixed), EXAMPLE_WAIT (waits for a line on stdin after
// each ack).
#include "support/catch.hpp"
#include "support/example_run.hpp"

#include <thalweg/core/archive.hpp>
#include <thalweg/io/checkpoint.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

using namespace thalweg;

namespace {

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

void acknowledge(const std::vector<Index>& rows, bool wait) {
  std::string line = "ack";
  for (const Index n : rows) line += " " + std::to_string(n);
  line += '\n';
  // Not by stdio, whose calls a preloaded library does not see.
  REQUIRE(::write(STDOUT_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  std::string answer;
  if (wait) std::getline(std::cin, answer);
}

}  // namespace

TEST_CASE("writer of the example run", "[.]") {
  const std::string dir = environment("EXAMPLE_DIR", "");
  const std::int64_t steps = std::stol(environment("EXAMPLE_STEPS", "24"));
  const std::int64_t every = std::stol(environment("EXAMPLE_PUBLISH", "4"));
  const std::string mode = environment("EXAMPLE_MODE", "mixed");
  const bool wait = environment("EXAMPLE_WAIT", "") == "1";
  REQUIRE_FALSE(dir.empty());
  auto options = mode == "refresh" ? example_run::always_refresh() : example_run::always_parts();

  std::int64_t step = 0;
  std::vector<Index> rows(3, 0);
  const auto result = std::filesystem::path(dir) / "result.h5";
  const bool resuming = std::filesystem::exists(result);
  if (std::filesystem::exists(std::filesystem::path(dir) / "checkpoint" / "checkpoint.h5") ||
      std::filesystem::exists(std::filesystem::path(dir) / "checkpoint" /
                              "checkpoint.previous.h5")) {
    const auto saved = load_checkpoint(dir);
    REQUIRE(saved.warning.empty() ==
            std::filesystem::exists(std::filesystem::path(dir) / "checkpoint" / "checkpoint.h5"));
    step = saved.archive.integer("step");
    for (std::size_t i = 0; i < 3; ++i)
      rows[i] = saved.archive.integer("rows/" + std::to_string(i));
  }
  auto out =
      resuming
          ? RunOutput::reopen(dir, example_run::metadata(), example_run::series(), rows, options)
          : RunOutput::create(dir, example_run::metadata(), example_run::series(), options);
  example_run::put_start(out);
  out.publish();
  acknowledge(out.rows(), wait);
  for (; step < steps; ++step) {
    example_run::append_step(out, step);
    if ((step + 1) % every != 0) continue;
    // Data that do not grow go into result.h5, which is rebuilt for them.
    if (mode == "mixed" && (step + 1) % (3 * every) == 0) example_run::put_start(out);
    out.publish();
    acknowledge(out.rows(), wait);
    if ((step + 1) % (2 * every) == 0) {
      Archive archive;
      archive.put("step", step + 1);
      for (std::size_t i = 0; i < 3; ++i)
        archive.put("rows/" + std::to_string(i), std::int64_t{out.rows()[i]});
      save_checkpoint(dir, archive, "config");
    }
  }
  example_run::put_end(out);
  out.finish(example_run::done(steps));
  acknowledge(out.rows(), wait);
}
