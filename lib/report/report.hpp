// RUN/report.html: one file that shows what a run did, made from RUN/result.h5 alone. It needs no
// network, works for a run that is under way or has failed, and says what is wrong first.
#pragma once
#include <string>

namespace thalweg {

/// Writes the report of a run, replacing an older one; returns its path. Where fields over space
/// were recorded, result.xdmf and an animation of each go beside it. `run`: the run's directory
/// or its result file. Throws IoError when there is no result, when gnuplot is missing or fails, or
/// when the report cannot be written.
std::string write_report(const std::string& run);

}  // namespace thalweg
