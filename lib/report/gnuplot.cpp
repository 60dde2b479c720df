#include <thalweg/report/gnuplot.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <thalweg/core/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

extern char** environ;

namespace thalweg::report {
namespace {

/// A file in memory: gnuplot reads its script from one and writes picture and complaints to two
/// others, so that no pipe can fill up.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(memfd_create(name, MFD_CLOEXEC)) {
    if (fd_ < 0)
      throw IoError(std::string("cannot get memory for gnuplot: ") + std::strerror(errno));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }

  void write(std::string_view text) {
    while (!text.empty()) {
      const auto n = ::write(fd_, text.data(), text.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        throw IoError(std::string("cannot hand the script to gnuplot: ") + std::strerror(errno));
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    ::lseek(fd_, 0, SEEK_SET);
  }

  [[nodiscard]] std::string read() const {
    std::string all;
    std::array<char, 65536> block;
    ::lseek(fd_, 0, SEEK_SET);
    for (;;) {
      const auto n = ::read(fd_, block.data(), block.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return all;
      all.append(block.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_;
};

/// The exit status of the process, or -1 after it had to be killed.
int wait_for(pid_t process, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  auto pause = std::chrono::microseconds(500);
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(process, &status, WNOHANG);
    if (ended == process) return status;
    if (ended < 0 && errno != EINTR) return 0;  // someone else reaped it: judge by the output
    if (std::chrono::duration<double>(Clock::now() - start).count() > seconds) {
      ::kill(process, SIGKILL);
      while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
      }
      return -1;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(20000));
  }
}

/// The line of gnuplot's complaint that names the fault.
std::string complaint(const std::string& text) {
  std::string found;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (line.find("warning") == std::string::npos &&
        line.find_first_not_of(" \t^") != std::string::npos)
      found = line;
    begin = end + 1;
  }
  const auto first = found.find_first_not_of(" \t");
  return first == std::string::npos ? "it gave no reason" : found.substr(first);
}

}  // namespace

std::string run_gnuplot(const std::string& script, double seconds) {
  MemoryFile in("script"), out("picture"), err("complaints");
  in.write(script);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.fd(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.fd(), STDERR_FILENO);
  // -d: the figures do not depend on the user's ~/.gnuplot.
  // As a named file the script is read in blocks; gnuplot reads its standard input byte by byte.
  const char* const named = ::access("/dev/stdin", R_OK) == 0 ? "/dev/stdin" : nullptr;
  std::array<char*, 4> arguments{const_cast<char*>("gnuplot"), const_cast<char*>("-d"),
                                 const_cast<char*>(named), nullptr};
  pid_t process = 0;
  const int error = posix_spawnp(&process, "gnuplot", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT)
    throw IoError(
        "gnuplot, which draws the figures of the report, is not in PATH: install the "
        "package gnuplot-nox, or set output.report = false");
  if (error != 0) throw IoError(std::string("cannot start gnuplot: ") + std::strerror(error));

  const int status = wait_for(process, seconds);
  if (status == -1)
    throw IoError("gnuplot did not finish a figure within " +
                  std::to_string(static_cast<int>(seconds)) + " s and was ended");
  std::string picture = out.read();
  if (status != 0 || picture.empty())
    throw IoError("gnuplot could not draw a figure: " + complaint(err.read()));
  return picture;
}

std::string gnuplot_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    // gnuplot 5.4 takes a doubled quote at the start of a string for an empty string.
    if (c == '\'')
      quoted += "’";
    else
      quoted += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return quoted + "'";
}

std::string short_label(std::string label) {
  constexpr std::size_t most = 42;
  const auto unit = std::min(label.ends_with(']') ? label.rfind(" [") : label.size(), label.size());
  const std::string tail = label.substr(unit);
  label.resize(unit);
  for (const char* aside : {", "})
    if (label.size() + tail.size() > most) label = label.substr(0, label.find(aside));
  if (label.size() + tail.size() > most)
    label = label.substr(0, label.rfind(' ', most - tail.size())) + " …";
  return label + tail;
}

}  // namespace thalweg::report
