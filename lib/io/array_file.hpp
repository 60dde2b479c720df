// One HDF5 file of arrays that do not grow, in its root group: readable as result.h5 is, and whole
// or not there.
#pragma once
#include <thalweg/io/result_file.hpp>

#include <string>
#include <vector>

namespace thalweg {

struct StoredArray {
  Variable variable;
  std::vector<double> numbers{};     ///< row-major over the axes; or
  std::vector<std::string> texts{};  ///< the same as text
  std::string coordinates{};         ///< names of arrays that say where each value belongs (CF)
};

/// Throws ModelError when a name, a unit or a size is one that readers reject.
void check_array(const Variable& variable);

/// Writes beside and renames into place. A `status.t_reached` that is NaN is left out.
/// @throws IoError; ModelError when a name, a unit or a size is unusable
void write_array_file(const std::string& path, const Metadata& metadata, const RunStatus& status,
                      const std::vector<StoredArray>& arrays);

}  // namespace thalweg
