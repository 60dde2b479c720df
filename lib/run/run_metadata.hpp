// What a result file says of the run it comes from: model, method, provenance.
#pragma once
#include <string>
#include <thalweg/io/result_file.hpp>
#include <thalweg/run/assembly.hpp>
#include <vector>

namespace thalweg {

/// What holds for any run: title, model, the potential's facts (nullptr: the model has none) and
/// the provenance. `arguments`: argv. `parent_run_id`: of the run whose state is the start, or "".
Metadata model_metadata(const RunConfig& config, const std::string& resolved,
                        const AnyPotential* potential, const std::string& parent_run_id,
                        const std::vector<std::string>& arguments);

/// The same with the motion and its solver.
Metadata run_metadata(const Assembly& parts, const std::vector<std::string>& arguments);

}  // namespace thalweg
