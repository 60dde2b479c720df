// Members whose networks have one shape, advanced together on one thread: each is a run like any
// other that waits at a gradient until the others are there, and all their gradients are one batch.
#pragma once
#include <thalweg/config/config.hpp>
#include <thalweg/sweep/member.hpp>

#include <functional>
#include <optional>

namespace thalweg {

struct JointMembers {
  /// The next member to run; nothing when there is no more. The three may be called from any member
  /// that is under way, one at a time.
  std::function<std::optional<Index>()> next;
  std::function<Config(Index member)> config;
  std::function<void(Index member, Index place, const MemberResult&)> done;
  std::function<MemoryRunOptions(Index place)> options;  ///< of the members at a place
};

/// Runs them all, a few at a time. The numbers are those of run_member, to the last bit.
/// @param ids of all members  @throws what `next` and `done` throw, and run_member
void run_joint_members(const JointMembers& members, const std::vector<MemberId>& ids,
                       const std::vector<Collected>& collected);

/// Members under way at once, at most.
constexpr Index most_joint_members = 16;

}  // namespace thalweg
