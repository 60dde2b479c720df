#include <thalweg/io/journal.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thalweg/core/error.hpp>
#include <vector>

namespace thalweg {

namespace {

constexpr std::string_view first_line = "thalweg journal 1\n";

struct Frame {
  std::uint32_t size = 0, crc = 0;
};

std::uint32_t checksum(std::string_view record) {
  return static_cast<std::uint32_t>(crc32_z(
      crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(record.data()), record.size()));
}

/// Whether all of `size` bytes could be read.
bool read_all(int file, std::uint64_t place, char* to, std::size_t size) {
  while (size > 0) {
    const auto n = ::pread(file, to, size, static_cast<off_t>(place));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    place += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool read_record(int file, std::uint64_t place, std::uint64_t end, std::string& record) {
  Frame frame;
  if (place + sizeof frame > end ||
      !read_all(file, place, reinterpret_cast<char*>(&frame), sizeof frame) ||
      place + sizeof frame + frame.size > end)
    return false;
  record.resize(frame.size);
  return read_all(file, place + sizeof frame, record.data(), record.size()) &&
         checksum(record) == frame.crc;
}

}  // namespace

void Journal::fail(const std::string& doing) const {
  throw IoError(path_ + ": cannot " + doing + ": " + std::strerror(errno));
}

Journal::Journal(const std::string& path,
                 const std::function<void(std::string_view, std::uint64_t)>& each)
    : path_(path), file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (file_ < 0) fail("open");
  try {
    struct stat status {};
    if (::fstat(file_, &status) != 0) fail("look at");
    const auto size = static_cast<std::uint64_t>(status.st_size);
    std::string head(std::min<std::size_t>(first_line.size(), size), '\0');
    if (!read_all(file_, 0, head.data(), head.size())) fail("read");
    if (head != first_line.substr(0, head.size()))
      throw IoError(path_ + " was not written by thalweg: move it away");
    end_ = first_line.size();
    if (head.size() < first_line.size()) {  // killed in its first moment
      if (::pwrite(file_, first_line.data(), first_line.size(), 0) !=
          static_cast<ssize_t>(first_line.size()))
        fail("write");
      return;
    }
    std::string record;
    while (read_record(file_, end_, size, record)) {
      each(record, end_);
      end_ += sizeof(Frame) + record.size();
    }
    cut_off_ = size - end_;
    if (cut_off_ > 0 && ::ftruncate(file_, static_cast<off_t>(end_)) != 0) fail("shorten");
  } catch (...) {
    ::close(file_);
    throw;
  }
}

Journal::~Journal() { ::close(file_); }

std::uint64_t Journal::append(std::string_view record) {
  const Frame frame{static_cast<std::uint32_t>(record.size()), checksum(record)};
  if (record.size() > 0xffffffffU)
    throw IoError(path_ + ": a record of more than 4 GB; collect less of each member");
  std::string bytes(reinterpret_cast<const char*>(&frame), sizeof frame);
  bytes += record;
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n =
        ::pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(end_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int why = errno;
      [[maybe_unused]] const int ignored = ::ftruncate(file_, static_cast<off_t>(end_));
      errno = why;
      fail("write");
    }
    done += static_cast<std::size_t>(n);
  }
  const auto place = end_;
  end_ += bytes.size();
  return place;
}

void Journal::sync() {
  if (::fdatasync(file_) != 0 && errno != EINVAL) fail("sync");
}

std::string Journal::read(std::uint64_t place) const {
  std::string record;
  if (!read_record(file_, place, end_, record))
    throw IoError(path_ + ": a record can no longer be read: the file was changed meanwhile");
  return record;
}

}  // namespace thalweg
