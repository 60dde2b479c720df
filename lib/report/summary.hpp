// What a result says about its run in a few words: state, warnings, key numbers, how to go on.
// Shared by the report and by `thalweg info`.
#pragma once
#include <thalweg/report/run_file.hpp>

#include <string>
#include <utility>
#include <vector>

namespace thalweg::report {

enum class Standing {
  done,     ///< complete, or ended by an event
  running,  ///< under way, or killed
  early,    ///< stopped before its end, resumable
  failed,   ///< the numbers failed
};

Standing standing(const std::string& status);

/// The attribute status_reason has a sentence about the end of the run, then one line for each
/// remark made while it ran and for each quality that was requested.
std::string reason(const RunFile& file);
std::vector<std::string> remarks(const RunFile& file);
std::vector<std::string> quality(const RunFile& file);

/// Whether there is a checkpoint beside the result.
bool has_checkpoint(const RunFile& file);
/// The command that continues the run, or "" when there is nothing to continue.
std::string resume_command(const RunFile& file);

/// "steps_accepted" -> "accepted steps"
std::string count_label(const std::string& name);

using Pairs = std::vector<std::pair<std::string, std::string>>;
/// Model time reached, first and last loss, work, seconds: what a reader asks first.
Pairs key_numbers(const RunFile& file);
/// Root attributes that describe model, data and method, under their names in the file.
Pairs description(const RunFile& file);

}  // namespace thalweg::report
