// A file of records that only grows. Each has its length and a CRC-32 before it, so that after a
// kill or a power cut the records before the torn one are whole, and the torn one is cut off.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace thalweg {

class Journal {
 public:
  /// Opens or makes the file, shows every whole record to `each` with its place, and cuts off what
  /// comes after the last one. @throws IoError, also when the file is something else
  Journal(const std::string& path,
          const std::function<void(std::string_view record, std::uint64_t place)>& each);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  /// Bytes that were cut off when it was opened: 0, or what a kill left behind.
  [[nodiscard]] std::uint64_t cut_off() const { return cut_off_; }
  /// When this returns the record survives SIGKILL; after sync() also a power cut. Returns the
  /// record's place. What could not be written whole is taken back. @throws IoError
  std::uint64_t append(std::string_view record);
  void sync();
  [[nodiscard]] std::string read(std::uint64_t place) const;

 private:
  [[noreturn]] void fail(const std::string& doing) const;
  std::string path_;
  int file_ = -1;
  std::uint64_t end_ = 0, cut_off_ = 0;
};

}  // namespace thalweg
