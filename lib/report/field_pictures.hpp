// Pictures of fields over space: a line of cells against time as one map in colours with the
// positions recorded beside it, a grid as a few moments; and each as an animation.
#pragma once
#include <thalweg/report/run_file.hpp>

#include <string>
#include <vector>

namespace thalweg::report {

/// The figures of all fields, as HTML, "" when there are none. `number`: how many came before.
/// `animations`: files beside the page, from write_animations.
std::string field_figures(const RunFile& file, int& number,
                          const std::vector<std::string>& animations);

/// RECORD_FIELD.gif beside the result for each field with at least two rows, at most 61 moments;
/// returns the names of the files. Throws IoError when gnuplot cannot draw them.
std::vector<std::string> write_animations(const RunFile& file);

}  // namespace thalweg::report
