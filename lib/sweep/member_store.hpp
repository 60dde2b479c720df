// The finished members of a sweep in a journal: how each ended, and what is kept of it.
#pragma once
#include <thalweg/io/journal.hpp>
#include <thalweg/sweep/member.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace thalweg {

class MemberStore {
 public:
  /// Opens or makes the journal. @throws IoError
  explicit MemberStore(const std::string& path);

  /// not_run when it is not there.
  [[nodiscard]] int end(const MemberId& id) const;
  [[nodiscard]] MemberResult result(const MemberId& id) const;
  /// Survives a kill at once and a power cut after a second. A later one of the same id counts.
  void add(const MemberResult& result);
  void sync() { journal_.sync(); }
  /// Bytes of a torn record that were cut off.
  [[nodiscard]] std::uint64_t cut_off() const { return journal_.cut_off(); }

 private:
  struct Entry {
    std::uint64_t place = 0;
    int end = MemberEnd::not_run;
  };
  std::map<MemberId, Entry> known_;  // before the journal, which fills it
  Journal journal_;
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
};

}  // namespace thalweg
