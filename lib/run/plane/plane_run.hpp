// A run with a table [plane]: pictures of a field over smaller and smaller windows, tile by tile,
// and the box dimension of the boundary between its signs.
#pragma once
#include <thalweg/run/experiment.hpp>

namespace thalweg {

class RunDirectory;  // lib/io

/// Whether the configuration has a table [plane].
bool asks_for_plane(const Config& config);

CheckedRun check_plane(const Config& config);
RunSummary run_plane(const Config& config, const RunRequest& request);
/// Takes the finished tiles from the disk. @throws ConfigError when the run is complete.
RunSummary resume_plane(const Config& config, const RunDirectory& directory,
                        const RunRequest& request);

}  // namespace thalweg
