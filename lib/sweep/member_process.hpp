// A member as a run of its own, in a process of its own, with a directory: it resumes from its
// checkpoint, and what breaks it breaks nothing else.
#pragma once
#include <thalweg/sweep/member.hpp>

#include <csignal>
#include <string>

namespace thalweg {

/// Runs, resumes or only reads the run in `directory`; its words go to `directory`.log. The numbers
/// are those of run_member, to the last bit. Ends the run in order when the signal comes.
MemberResult run_member_process(const std::string& resolved_config, const std::string& directory,
                                const MemberId& id, const std::vector<Collected>& collected,
                                const volatile std::sig_atomic_t* stop_signal);

}  // namespace thalweg
