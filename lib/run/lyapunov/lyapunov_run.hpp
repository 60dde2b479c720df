// Runs that measure Lyapunov exponents of the configured motion from several starts, in the
// directory, files, checkpoints, signals and exit codes of any run.
#pragma once
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/run/experiment.hpp>
#include <thalweg/run/results.hpp>
#include <thalweg/run/run_in_memory.hpp>

namespace thalweg {

/// Whether a configuration asks for exponents: it has a table [lyapunov].
bool asks_for_lyapunov(const Config& config);

CheckedRun check_lyapunov(const Config& config);
/// Nothing goes to the disk: running values go to `rows` as series `series`, the arrays of the end
/// to `put`, to the same bits as those of a run.
struct LyapunovSinks {
  RowSink& rows;
  std::size_t series;
  PutArray put;
};
RunSummary lyapunov_in_memory(const Config& config, const LyapunovSinks& sinks,
                              const MemoryRunOptions& options);
RunSummary run_lyapunov(const Config& config, const RunRequest& request);
/// Continues from a checkpoint to the same bits; a longer duration goes on where a complete run
/// ended.
RunSummary resume_lyapunov(const Config& config, const Checkpoint& saved,
                           const RunDirectory& directory, const RunRequest& request);

}  // namespace thalweg
