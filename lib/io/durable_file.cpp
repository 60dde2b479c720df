// Durability on POSIX: rename is atomic, but neither the contents nor the name are on the disk
// before fsync of the file and of its directory.
#include <thalweg/core/error.hpp>
#include <thalweg/io/durable_file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace thalweg {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& doing) {
  throw IoError(path + ": cannot " + doing + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags, 0666)) {
    if (fd_ < 0) fail(path_, "open");
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  void write(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::write(fd_, text.data(), text.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(path_, "write");
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void sync() const {
    // Some file systems cannot sync a directory and say EINVAL; there is nothing else to do then.
    if (::fsync(fd_) != 0 && errno != EINVAL) fail(path_, "sync");
  }

 private:
  std::string path_;
  int fd_;
};

std::string parent(const std::string& path) {
  const auto p = std::filesystem::path(path).parent_path();
  return p.empty() ? "." : p.string();
}

}  // namespace

std::string temporary_name(const std::string& path) { return path + ".tmp"; }

void publish_file(const std::string& temporary, const std::string& path) {
  sync_file(temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "rename " + temporary + " to it");
  sync_directory(parent(path));
}

void sync_file(const std::string& path) { Descriptor(path, O_RDONLY | O_CLOEXEC).sync(); }

void sync_directory(const std::string& directory) {
  Descriptor(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC).sync();
}

void discard_file(const std::string& path) noexcept {
  [[maybe_unused]] const int ignored = ::truncate(path.c_str(), 0);
  ::unlink(path.c_str());
}

void write_text_file(const std::string& path, std::string_view text) {
  const std::string temporary = temporary_name(path);
  try {
    Descriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC).write(text);
    publish_file(temporary, path);
  } catch (...) {
    discard_file(temporary);
    throw;
  }
}

std::string read_text_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path, "open");
  std::ostringstream text;
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (in.bad() || text.bad()) fail(path, "read");
  return std::move(text).str();
}

}  // namespace thalweg
