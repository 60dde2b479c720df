// Runs that measure Lyapunov exponents of the configured motion from several starts, in the
// directory, files, checkpoints, signals and exit codes of any run.
#pragma once
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/run/experiment.hpp>

namespace thalweg {

/// Whether a configuration asks for exponents: it has a table [lyapunov].
bool asks_for_lyapunov(const Config& config);

CheckedRun check_lyapunov(const Config& config);
RunSummary run_lyapunov(const Config& config, const RunRequest& request);
/// Continues from a checkpoint to the same bits; a longer duration goes on where a complete run
/// ended.
RunSummary resume_lyapunov(const Config& config, const Checkpoint& saved,
                           const RunDirectory& directory, const RunRequest& request);

}  // namespace thalweg
