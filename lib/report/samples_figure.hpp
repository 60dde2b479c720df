// The sample images of /exhibits with the network's predictions: what the run learned from.
#pragma once
#include <thalweg/report/run_file.hpp>

#include <string>

namespace thalweg::report {

/// A <figure> element, or "" when the file shows no images.
std::string samples_figure(const RunFile& file, const std::string& id);

}  // namespace thalweg::report
