#include <thalweg/sweep/member_store.hpp>

namespace thalweg {

MemberStore::MemberStore(const std::string& path)
    : journal_(path, [this](std::string_view record, std::uint64_t place) {
        known_[id_of(record)] = {place, end_of(record)};
      }) {}

int MemberStore::end(const MemberId& id) const {
  const auto at = known_.find(id);
  return at == known_.end() ? MemberEnd::not_run : at->second.end;
}

MemberResult MemberStore::result(const MemberId& id) const {
  const auto at = known_.find(id);
  if (at == known_.end()) return {.id = id};
  return deserialised(journal_.read(at->second.place));
}

void MemberStore::add(const MemberResult& result) {
  known_[result.id] = {journal_.append(serialised(result)), result.end};
  const auto now = std::chrono::steady_clock::now();
  if (now - synced_ < std::chrono::seconds(1)) return;  // one for many: small members are many
  journal_.sync();
  synced_ = now;
}

}  // namespace thalweg
