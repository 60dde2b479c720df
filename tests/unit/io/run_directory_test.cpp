#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/core/error.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/io/run_directory.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

using namespace thalweg;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using Existing = RunDirectory::Existing;

TEST_CASE("a run directory has one owner at a time, who is named") {
  const TemporaryDirectory dir;
  std::optional<RunDirectory> first(RunDirectory::create(dir.file("run"), Existing::refuse));
  const std::string refusal = dir.file("run") + " is in use by process " + std::to_string(getpid());
  CHECK_THROWS_WITH(RunDirectory::create(dir.file("run"), Existing::replace), Contains(refusal));
  const pid_t child = fork();
  if (child == 0) {
    try {
      (void)RunDirectory::create(dir.file("run"), Existing::refuse);
    } catch (const IoError&) {
      _exit(7);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(first->warning().empty());
  first.reset();
  CHECK_NOTHROW(RunDirectory::create(dir.file("run"), Existing::refuse));
}

TEST_CASE("replacing a run removes what runs make and nothing else") {
  const TemporaryDirectory dir;
  const std::string run = dir.file("run");
  {
    auto directory = RunDirectory::create(run, Existing::refuse);
    auto out = RunOutput::create(run, {.title = "t", .summary = "s"}, {});
    directory.write_config("seed = 1\n");
    CHECK(directory.read_config() == "seed = 1\n");
  }
  for (const char* name : {"checkpoint/checkpoint.h5", "checkpoint/part-000001.h5", "report.html",
                           "notes.txt", "checkpoint/mine.h5"})
    write_text_file(run + "/" + name, "x");
  CHECK_THROWS_WITH(RunDirectory::create(run, Existing::refuse),
                    run +
                        "/result.h5 exists already: choose another directory with --out DIR, or " +
                        "--force to replace it");
  CHECK_NOTHROW(RunDirectory::open(run));
  CHECK_NOTHROW(RunDirectory::create(run, Existing::replace));
  for (const char* gone : {"result.h5", "report.html", "run.toml", "checkpoint/checkpoint.h5",
                           "checkpoint/part-000001.h5"})
    CHECK_FALSE(fs::exists(run + "/" + gone));
  CHECK(fs::exists(run + "/notes.txt"));
  CHECK(fs::exists(run + "/checkpoint/mine.h5"));
  CHECK_THROWS_WITH(RunDirectory::open(run), Contains("is not the directory of a run"));
}

TEST_CASE("files of the user are never taken for those of a run") {
  const TemporaryDirectory dir;
  write_text_file(dir.file("run.toml"), "title = \"mine\"\n");
  for (const auto existing : {Existing::refuse, Existing::replace})
    CHECK_THROWS_WITH(RunDirectory::create(dir.file(""), existing),
                      Contains("run.toml was not written by a run and would be overwritten"));
  fs::remove(dir.file("run.toml"));
  write_text_file(dir.file("result.h5"), "somebody else's");
  CHECK_THROWS_WITH(RunDirectory::create(dir.file(""), Existing::replace),
                    Contains("--force does not remove it"));
  CHECK(read_text_file(dir.file("result.h5")) == "somebody else's");
}

TEST_CASE("text files are replaced as a whole, and failures say why") {
  const TemporaryDirectory dir;
  write_text_file(dir.file("a"), "one");
  write_text_file(dir.file("a"), "");
  CHECK(read_text_file(dir.file("a")).empty());
  const std::string binary("\0\r\n\xff", 4);
  write_text_file(dir.file("a"), binary);
  CHECK(read_text_file(dir.file("a")) == binary);
  CHECK_FALSE(fs::exists(dir.file("a.tmp")));
  CHECK_THROWS_WITH(write_text_file(dir.file("no/a"), "x"),
                    Contains("no/a.tmp: cannot open: No such file or directory"));
  CHECK_THROWS_WITH(read_text_file(dir.file("b")), Contains("b: cannot open: No such file"));
}
