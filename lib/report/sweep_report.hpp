// report.html of a sweep, made from its sweep.h5 alone.
#pragma once
#include <string>

namespace thalweg {

/// Whether a directory holds a sweep.
bool holds_sweep(const std::string& directory);

/// Writes the report beside the file, replacing an older one; returns its path. @throws IoError
std::string write_sweep_report(const std::string& directory);

/// What `thalweg info` says of it: status, axes, what was collected.
std::string sweep_info_text(const std::string& directory);
/// The same as JSON, schema "thalweg-sweep-info-1".
std::string sweep_info_json(const std::string& directory);

}  // namespace thalweg
