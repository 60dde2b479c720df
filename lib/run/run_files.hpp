// What a run leaves on the disk while it goes on and at its end, whether it moves or draws.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/run/experiment.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg {

/// The directory that the request names, made or replaced, and told of.
[[nodiscard]] RunDirectory new_run_directory(const RunRequest& request);
/// Drives a resumed run: a warning of its checkpoint is told at once, and first in the summary.
RunSummary resumed(const Checkpoint& saved, const RunRequest& request,
                   const std::function<RunSummary()>& drive);
/// The message of a summary, then what else there is to be said, a line each.
[[nodiscard]] std::string status_reason(const RunSummary& summary);

/// A checkpoint that counts on the rows appended so far. Publish them first.
void save_run_checkpoint(const RunDirectory& directory, const RunOutput& output, Archive archive,
                         const std::string& resolved_config);
/// The rows of each series that such a checkpoint counts on.
std::vector<Index> saved_rows(const Archive& archive, std::size_t series);

/// The last publish, how many rows there are, and the report when it is wanted.
void finish_run(const RunDirectory& directory, RunOutput& output, const RunStatus& status,
                const std::vector<SeriesSchema>& schemas, bool report, RunSummary& summary);

}  // namespace thalweg
