// What `run` and `resume` print at the end, for people and for programs.
#pragma once
#include <thalweg/run/experiment.hpp>

#include <string>

namespace thalweg {

/// Outcome, table of counts, final values, files, warnings.
std::string summary_text(const RunSummary& summary);

/// The same as JSON, schema "thalweg-run-1"; a number that is not finite is null.
std::string summary_json(const RunSummary& summary, int exit_code);

}  // namespace thalweg
