// What a result file says of the run it comes from: model, method, provenance.
#pragma once
#include <string>
#include <thalweg/io/result_file.hpp>
#include <thalweg/run/assembly.hpp>
#include <vector>

namespace thalweg {

/// `arguments`: argv, for the provenance.
Metadata run_metadata(const Assembly& parts, const std::vector<std::string>& arguments);

}  // namespace thalweg
