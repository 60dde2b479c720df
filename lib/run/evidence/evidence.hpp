// Runs that estimate the evidence ln Z = ln p(D) of a posterior: Laplace's approximation,
// thermodynamic integration and annealed importance sampling, in the directory, files, checkpoints,
// signals and exit codes of any run.
#pragma once
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/run/experiment.hpp>

namespace thalweg {

/// Whether a configuration asks for the evidence: it has a table [evidence].
bool asks_for_evidence(const Config& config);

CheckedRun check_evidence(const Config& config);
RunSummary run_evidence(const Config& config, const RunRequest& request);
/// Continues from a checkpoint with the first rung, or particles, that it does not hold.
RunSummary resume_evidence(const Config& config, const Checkpoint& saved,
                           const RunDirectory& directory, const RunRequest& request);

}  // namespace thalweg
