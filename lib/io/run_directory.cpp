#include <thalweg/core/error.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/io/run_directory.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

namespace thalweg {
namespace {

namespace fs = std::filesystem;
const std::string_view config_mark = "# Resolved configuration, written by thalweg";

[[noreturn]] void fail(const std::string& path, const std::string& doing) {
  throw IoError(path + ": cannot " + doing + ": " + std::strerror(errno));
}

bool is_our_result(const std::string& path) {
  try {
    return h5::File::open(path).attribute("/", "thalweg_schema").has_value();
  } catch (const IoError&) {
    return false;
  }
}

bool is_our_config(const std::string& path) {
  return read_text_file(path).starts_with(config_mark);
}

bool is_ours_in_checkpoint(const std::string& name) {
  return name == "checkpoint.h5" || name == "checkpoint.previous.h5" ||
         name == "checkpoint.h5.tmp" ||
         (name.starts_with("part-") && (name.ends_with(".h5") || name.ends_with(".h5.tmp"))) ||
         (name.starts_with("tile-") && (name.ends_with(".bin") || name.ends_with(".bin.tmp")));
}

std::string first_line_number(const std::string& text) {
  return text.substr(0, text.find_first_not_of("0123456789"));
}

}  // namespace

RunDirectory::RunDirectory(std::string path, bool may_create) : path_(std::move(path)) {
  std::error_code error;
  const fs::path checkpoint = fs::path(path_) / "checkpoint";
  if (may_create) fs::create_directories(checkpoint, error);
  if (error) throw IoError(checkpoint.string() + ": cannot create it: " + error.message());
  const std::string lock_file = (checkpoint / "lock").string();
  lock_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) fail(lock_file, "open");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    if (why == EWOULDBLOCK) {
      const std::string pid = first_line_number(read_text_file(lock_file));
      ::close(std::exchange(lock_, -1));
      throw IoError(path_ + " is in use by " +
                    (pid.empty() ? "another process" : "process " + pid) +
                    ": wait for it, or choose another directory with --out DIR");
    }
    warning_ = path_ + ": cannot lock it (" + std::strerror(why) +
               "): do not start a second command on it";
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock_, 0) != 0 ||
      ::write(lock_, pid.data(), pid.size()) != static_cast<ssize_t>(pid.size())) {
    const int why = errno;
    ::close(std::exchange(lock_, -1));
    errno = why;
    fail(lock_file, "write");
  }
}

RunDirectory::RunDirectory(RunDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      warning_(std::move(other.warning_)),
      lock_(std::exchange(other.lock_, -1)) {}

RunDirectory& RunDirectory::operator=(RunDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(warning_, other.warning_);
  std::swap(lock_, other.lock_);
  return *this;
}

RunDirectory::~RunDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

std::string RunDirectory::file(std::string_view name) const {
  return (fs::path(path_) / name).string();
}

RunDirectory RunDirectory::create(const std::string& path, Existing existing) {
  const auto in = [&](const char* name) { return (fs::path(path) / name).string(); };
  // Looked at before anything is made: a refusal leaves no trace.
  if (fs::exists(in("run.toml")) && !is_our_config(in("run.toml")))
    throw IoError(in("run.toml") + " was not written by a run and would be overwritten: choose " +
                  "another directory with --out DIR");
  if (fs::exists(in("result.h5"))) {
    if (existing == Existing::refuse)
      throw IoError(in("result.h5") + " exists already: choose another directory with --out DIR, " +
                    "or --force to replace it");
    if (!is_our_result(in("result.h5")))
      throw IoError(in("result.h5") +
                    " is damaged or was not written by thalweg, so --force does " +
                    "not remove it: choose another directory with --out DIR");
  }
  RunDirectory directory(path, true);
  std::error_code error;
  if (existing == Existing::replace) {
    for (const char* name : {"result.h5", "result.h5.tmp", "report.html", "report.html.tmp",
                             "run.toml", "run.toml.tmp"})
      if (!error) fs::remove(in(name), error);
    for (const auto& entry : fs::directory_iterator(in("checkpoint")))
      if (!error && is_ours_in_checkpoint(entry.path().filename().string()))
        fs::remove(entry.path(), error);
  }
  if (existing == Existing::replace && !error && fs::is_directory(in("pictures"))) {
    for (const auto& entry : fs::directory_iterator(in("pictures")))
      if (const auto file = entry.path().filename().string();
          !error && file.starts_with("level_") && file.find(".png") != std::string::npos)
        fs::remove(entry.path(), error);
    std::error_code not_empty;
    fs::remove(in("pictures"), not_empty);
  }
  if (existing == Existing::replace && !error && fs::is_directory(in("analysis"))) {
    // They belong to the run that goes.
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(in("analysis")))
      if (entry.path().extension() == ".h5") names.push_back(entry.path().stem().string());
    for (const auto& name : names) directory.remove_analysis(name);
    std::error_code not_empty;
    fs::remove(in("analysis"), not_empty);
  }
  if (error) throw IoError(path + ": cannot remove the earlier run: " + error.message());
  return directory;
}

RunDirectory RunDirectory::open(const std::string& path) {
  if (!fs::exists(path)) throw IoError(path + " does not exist: give the directory of a run");
  if (!fs::is_directory(path))
    throw IoError(path + " is a file: give the directory of the run, which holds result.h5");
  if (!fs::exists(fs::path(path) / "result.h5"))
    throw IoError(path + " is not the directory of a run: it holds no result.h5");
  return {path, true};
}

void RunDirectory::remove_analysis(const std::string& name) const {
  const fs::path folder = analysis_folder();
  const auto result = folder / (name + ".h5");
  std::error_code error;
  if (fs::exists(result) && !is_our_result(result.string()))
    throw IoError(result.string() +
                  " is damaged or was not written by thalweg, so it is not replaced: move it away");
  fs::remove(result, error);
  if (!error) fs::remove(result.string() + ".tmp", error);
  if (!error && fs::is_directory(folder / "checkpoint")) {
    std::vector<fs::path> parts;
    for (const auto& entry : fs::directory_iterator(folder / "checkpoint")) {
      const auto file = entry.path().filename().string();
      if (file.starts_with(name + "-part-") || file.starts_with(name + ".h5") ||
          file == name + ".previous.h5")
        parts.push_back(entry.path());
    }
    for (const auto& part : parts)
      if (!error) fs::remove(part, error);
    std::error_code not_empty;
    fs::remove(folder / "checkpoint", not_empty);
  }
  if (error) throw IoError(result.string() + ": cannot remove it: " + error.message());
}

void RunDirectory::write_config(std::string_view toml) const {
  write_text_file(file("run.toml"), std::string(config_mark) + "\n" + std::string(toml));
}

std::string RunDirectory::read_config() const {
  const std::string text = read_text_file(file("run.toml"));
  if (!text.starts_with(config_mark))
    throw IoError(file("run.toml") + " does not begin with the line \"" + std::string(config_mark) +
                  "\": it is not the configuration of this run");
  return text.substr(text.find('\n') + 1);
}

std::string result_path(const std::string& run) {
  const std::filesystem::path path(run);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    const std::filesystem::path result = path / "result.h5";
    if (!std::filesystem::exists(result, ignored))
      throw IoError(run + ": there is no result.h5 in this directory, so it is not a run");
    return result.string();
  }
  if (!std::filesystem::exists(path, ignored))
    throw IoError(run +
                  ": there is no such file or directory; give a run's directory or its result.h5");
  return run;
}

}  // namespace thalweg
