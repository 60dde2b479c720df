#include "support/catch.hpp"
#include "support/example_run.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/io/durable_file.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace thalweg;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// The loss of the series "fine" up to the committed row, checked against the rule.
Index good_rows(const h5::File& file, Index first = 0) {
  const auto loss = file.read("/series/fine/loss");
  const auto n = file.read_integers("/series/fine/n_committed").at(0);
  REQUIRE(static_cast<Index>(loss.size()) == n);
  for (std::size_t i = 0; i < loss.size(); ++i)
    REQUIRE(loss[i] == 1.5 * static_cast<double>(static_cast<Index>(i) + first) + 0.25);
  return n;
}

int count_parts(const TemporaryDirectory& dir) {
  int n = 0;
  for (const auto& e : fs::directory_iterator(dir.file("checkpoint")))
    n += e.path().filename().string().starts_with("part-") ? 1 : 0;
  return n;
}

void whole_run(const std::string& path, std::int64_t steps, std::int64_t publish_every,
               const RunOutput::Options& options) {
  fs::create_directories(path);
  auto out = RunOutput::create(path, example_run::metadata(), example_run::series(), options);
  example_run::put_start(out);
  for (std::int64_t step = 0; step < steps; ++step) {
    example_run::append_step(out, step);
    if ((step + 1) % publish_every == 0) out.publish();
  }
  example_run::put_end(out);
  out.finish(example_run::done(steps));
}

bool equal_files(const std::string& a, const std::string& b) {
  const std::string command = "h5diff --exclude-path=/provenance " + a + " " + b + " > /dev/null";
  return std::system(command.c_str()) == 0;
}

}  // namespace

TEST_CASE("published rows are in result.h5 or in a part, and the run ends as one file") {
  for (const auto& options : {example_run::always_refresh(), example_run::always_parts()}) {
    const TemporaryDirectory dir;
    auto out =
        RunOutput::create(dir.file(""), example_run::metadata(), example_run::series(), options);
    for (std::int64_t step = 0; step < 5; ++step) example_run::append_step(out, step);
    out.publish();
    const bool parts = options.refresh_seconds < 0;
    CHECK(count_parts(dir) == (parts ? 1 : 0));
    CHECK(good_rows(h5::File::open(dir.file("result.h5"))) == (parts ? 0 : 5));
    if (parts) CHECK(good_rows(h5::File::open(dir.file("checkpoint/part-000001.h5"))) == 5);
    for (std::int64_t step = 5; step < 9; ++step) example_run::append_step(out, step);
    out.publish();
    if (parts) CHECK(good_rows(h5::File::open(dir.file("checkpoint/part-000002.h5")), 5) == 4);
    example_run::append_step(out, 9);
    CHECK(out.rows() == std::vector<Index>{10, 3, 1});
    out.finish(example_run::done(10));
    const auto file = h5::File::open(dir.file("result.h5"));
    CHECK(good_rows(file) == 10);
    CHECK(count_parts(dir) == 0);
    CHECK_FALSE(fs::exists(dir.file("result.h5.tmp")));
    CHECK(std::get<std::string>(*file.attribute("/", "status")) == "complete");
    CHECK(std::get<std::int64_t>(*file.attribute("/", "steps_accepted")) == 10);
    CHECK(std::get<std::string>(*file.attribute("/provenance", "config")).size() == 40000);
  }
}

TEST_CASE("the finished file does not depend on how often rows were published") {
  const TemporaryDirectory dir;
  whole_run(dir.file("once"), 43, 1000, example_run::always_refresh());
  whole_run(dir.file("often"), 43, 1, example_run::always_refresh());
  whole_run(dir.file("parts"), 43, 3, example_run::always_parts());
  CHECK(equal_files(dir.file("once/result.h5"), dir.file("often/result.h5")));
  CHECK(equal_files(dir.file("once/result.h5"), dir.file("parts/result.h5")));
  whole_run(dir.file("other"), 42, 1, example_run::always_refresh());
  CHECK_FALSE(equal_files(dir.file("once/result.h5"), dir.file("other/result.h5")));
  // Rebuilding leaves no holes behind.
  const auto once = static_cast<double>(fs::file_size(dir.file("once/result.h5")));
  CHECK(static_cast<double>(fs::file_size(dir.file("often/result.h5"))) < 1.1 * once);
}

TEST_CASE("a run that is dropped and continued gives the file of an uninterrupted one") {
  for (const bool parts : {false, true}) {
    const auto options = parts ? example_run::always_parts() : example_run::always_refresh();
    const TemporaryDirectory dir;
    whole_run(dir.file("whole"), 60, 7, options);
    fs::create_directories(dir.file("cut"));
    std::vector<Index> rows;
    {
      auto out = RunOutput::create(dir.file("cut"), example_run::metadata(), example_run::series(),
                                   options);
      example_run::put_start(out);
      for (std::int64_t step = 0; step < 33; ++step) {
        example_run::append_step(out, step);
        if (step == 21) {
          out.publish();
          rows = out.rows();  // what a checkpoint would keep
        }
      }
      out.publish();                      // rows 22 to 32 are recomputed below
      example_run::append_step(out, 33);  // never published: gone
    }
    {
      auto out = RunOutput::reopen(dir.file("cut"), example_run::metadata(), example_run::series(),
                                   rows, options);
      CHECK(out.rows() == rows);
      // Nothing that was acknowledged disappears while it is being recomputed.
      CHECK(good_rows(h5::File::open(dir.file("cut/result.h5"))) == 33);
      for (std::int64_t step = 22; step < 60; ++step) {
        example_run::append_step(out, step);
        if (step % 4 == 0) out.publish();
      }
      example_run::put_end(out);
      out.finish(example_run::done(60));
    }
    CHECK(equal_files(dir.file("whole/result.h5"), dir.file("cut/result.h5")));
    const auto file = h5::File::open(dir.file("cut/result.h5"));
    CHECK(std::get<std::string>(*file.attribute("/provenance", "history")) ==
          "a command\na command");
  }
}

TEST_CASE("recomputed rows that differ replace what came after the checkpoint") {
  const TemporaryDirectory dir;
  SeriesSchema s{.name = "s", .variables = {Variable{.name = "x"}}};
  std::vector<Index> rows;
  {
    auto out = RunOutput::create(dir.file(""), {}, {s});
    for (int i = 0; i < 10; ++i) out.append(0, i, i, Vec::Constant(1, i));
    out.publish();
  }
  {
    auto out = RunOutput::reopen(dir.file(""), {}, {s}, {4});
    for (int i = 4; i < 7; ++i) out.append(0, i, i, Vec::Constant(1, i == 6 ? 60 : i));
    out.publish();
    CHECK(h5::File::open(dir.file("result.h5")).read("/series/s/x") ==
          std::vector<double>{0, 1, 2, 3, 4, 5, 60});
  }
  {
    auto out = RunOutput::reopen(dir.file(""), {}, {s}, {2});
    out.append(0, 2, 2, Vec::Constant(1, 2));
    out.finish({.status = "event", .reason = "", .t_reached = 2, .counts = {}});
    CHECK(h5::File::open(dir.file("result.h5")).read("/series/s/x") ==
          std::vector<double>{0, 1, 2});
  }
  CHECK_THROWS_WITH(RunOutput::reopen(dir.file(""), {}, {s}, {4}),
                    Contains("has 3 rows but the checkpoint counts 4"));
  SeriesSchema other = s;
  other.variables[0].name = "y";
  CHECK_THROWS_WITH(RunOutput::reopen(dir.file(""), {}, {other}, {2}),
                    Contains("/series/s/y does not have the expected type and shape"));
}

TEST_CASE("leftovers of a kill are taken in or ignored, and a missing part is noticed") {
  const TemporaryDirectory dir;
  const auto options = example_run::always_parts();
  const auto copies = dir.file("copies");
  fs::create_directories(copies);
  {
    auto out =
        RunOutput::create(dir.file(""), example_run::metadata(), example_run::series(), options);
    for (std::int64_t step = 0; step < 6; ++step) {
      example_run::append_step(out, step);
      if (step % 2 == 1) out.publish();
    }
    fs::copy(dir.file("checkpoint"), copies, fs::copy_options::recursive);
    out.finish(example_run::done(6));
  }
  // Killed after the merge and before the parts were removed; and in the middle of writing one.
  fs::copy(copies, dir.file("checkpoint"), fs::copy_options::overwrite_existing);
  write_text_file(dir.file("checkpoint/part-000004.h5.tmp"), "half a file");
  write_text_file(dir.file("result.h5.tmp"), "half a file");
  {
    auto out = RunOutput::reopen(dir.file(""), example_run::metadata(), example_run::series(),
                                 {6, 2, 1}, options);
    CHECK(good_rows(h5::File::open(dir.file("result.h5"))) == 6);
    CHECK(count_parts(dir) == 0);
    CHECK_FALSE(fs::exists(dir.file("result.h5.tmp")));
    for (std::int64_t step = 6; step < 10; ++step) {
      example_run::append_step(out, step);
      out.publish();
    }
  }
  REQUIRE(count_parts(dir) == 4);
  fs::remove(dir.file("checkpoint/part-000002.h5"));
  CHECK_THROWS_WITH(
      RunOutput::reopen(dir.file(""), example_run::metadata(), example_run::series(), {6, 2, 1}),
      Contains("a part is missing"));
}

TEST_CASE("publishing is due before the oldest row is too old, or when the buffer is full") {
  const TemporaryDirectory dir;
  RunOutput::Options options;
  options.publish_seconds = 0.2;
  options.buffer_bytes = 1000;
  SeriesSchema s{.name = "s", .variables = {Variable{.name = "x"}}};
  auto out = RunOutput::create(dir.file(""), {}, {s}, options);
  (void)out.publish_due();
  CHECK_FALSE(out.publish_due());
  out.append(0, 0.0, 0, Vec::Zero(1));
  CHECK_FALSE(out.publish_due());
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  CHECK(out.publish_due());  // the next question, 120 ms from now, would come too late
  out.publish();
  CHECK_FALSE(out.publish_due());
  for (int i = 0; i < 41; ++i) out.append(0, 0.0, i, Vec::Zero(1));
  CHECK_FALSE(out.publish_due());
  out.append(0, 0.0, 41, Vec::Zero(1));  // 42 rows of 24 bytes
  CHECK(out.publish_due());
}

TEST_CASE("an existing result is never overwritten") {
  const TemporaryDirectory dir;
  write_text_file(dir.file("result.h5"), "precious");
  CHECK_THROWS_WITH(
      RunOutput::create(dir.file(""), {}, {}),
      Contains("result.h5 exists already: choose another directory with --out DIR, or --force"));
  CHECK(read_text_file(dir.file("result.h5")) == "precious");
}

TEST_CASE("names and axes that break readers are refused with the reason") {
  const TemporaryDirectory dir;
  const auto refuse = [&](std::vector<Variable> variables) {
    SeriesSchema s{.name = "s", .variables = std::move(variables)};
    try {
      RunOutput::create(dir.file(""), {}, {s});
    } catch (const ModelError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  const auto with_axes = [](std::vector<Axis> axes) {
    Variable v{.name = "v"};
    v.axes = std::move(axes);
    return v;
  };
  CHECK(
      refuse({Variable{.name = "a b"}}) ==
      "/series/s: the variable name \"a b\" must be a letter followed by letters, digits or _, at "
      "most 64 in all");
  CHECK_THAT(refuse({Variable{.name = "time"}}), Contains("the name \"time\" is used twice"));
  CHECK_THAT(refuse({Variable{.name = "a"}, Variable{.name = "a"}}), Contains("is used twice"));
  CHECK_THAT(refuse({with_axes({{.name = "i", .size = 2}, {.name = "i", .size = 2}})}),
             Contains("axis \"i\" appears twice"));
  CHECK_THAT(refuse({with_axes({{.name = "v", .size = 2}})}), Contains("name of its variable"));
  CHECK_THAT(refuse({with_axes({{.name = "i", .size = 0}})}), Contains("has size 0"));
  CHECK_THAT(refuse({with_axes({{.name = "i", .size = 2, .values = {1.0}}})}),
             Contains("size 2 but 1 coordinates"));
  CHECK_THAT(refuse({Variable{.name = "a", .unit = "seconds"}}), Contains("for a calendar"));
  CHECK_THAT(refuse({Variable{.name = "a", .unit = "h since start"}}), Contains("for a calendar"));
  Variable w = with_axes({{.name = "i", .size = 3}});
  w.name = "w";
  CHECK_THAT(refuse({with_axes({{.name = "i", .size = 2}}), w}),
             Contains("has size 3 here and 2 in another variable"));
  SeriesSchema s{.name = "s", .variables = {}};
  CHECK_THROWS_WITH(RunOutput::create(dir.file(""), {}, {s, s}), Contains("two series write to"));
  CHECK_FALSE(fs::exists(dir.file("result.h5")));

  auto out = RunOutput::create(dir.file(""), {}, {s});
  CHECK_THROWS_WITH(out.append(0, 0, 0, Vec::Zero(2)),
                    Contains("a row has 2 values, the schema has 0"));
  CHECK_THROWS_WITH(out.put("/g", Variable{.name = "x"}, std::vector<double>{1, 2}),
                    Contains("/g/x has 2 values but its axes give 1"));
}
