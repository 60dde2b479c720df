// `thalweg info`: what a result holds, for a reader and for a program.
#pragma once
#include <string>

namespace thalweg {

/// `run`: a run's directory or its result file. Throws IoError when it holds no result.
std::string info_text(const std::string& run);

/// The same as a JSON object, schema "thalweg-info-1"; numbers that are not finite are null.
std::string info_json(const std::string& run);

}  // namespace thalweg
