// A member as a run of its own, in a process of its own, with a directory: it resumes from its
// checkpoint, and what breaks it breaks nothing else.
#pragma once
#include <thalweg/sweep/member.hpp>

#include <csignal>
#include <string>

namespace thalweg {

struct MemberProcess {
  std::string resolved_config;
  std::string directory;  ///< of the run; its words go to `directory`.log
  bool keep = true;       ///< the run's directory, with report and pictures, once it is done
};

/// Runs, resumes or only reads the run. The numbers are those of run_member, to the last bit. Ends
/// the run in order when the signal comes.
MemberResult run_member_process(const MemberProcess& process, const MemberId& id,
                                const std::vector<Collected>& collected,
                                const volatile std::sig_atomic_t* stop_signal);

}  // namespace thalweg
