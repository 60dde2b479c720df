// Runs that draw samples: chains instead of a motion, the same directory, files, checkpoints,
// signals and exit codes.
#pragma once
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/run/experiment.hpp>

namespace thalweg {

/// Whether a configuration asks for draws: it has a table [sampler].
bool asks_for_draws(const Config& config);

CheckedRun check_sampling(const Config& config);
RunSummary run_sampling(const Config& config, const RunRequest& request);
/// Continues from a checkpoint; `config` is the run's own, with what may be overridden.
RunSummary resume_sampling(const Config& config, const Checkpoint& saved,
                           const RunDirectory& directory, const RunRequest& request);

}  // namespace thalweg
