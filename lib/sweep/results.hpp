// What can be collected of a run that is no motion: the numbers of its end, and for draws what a
// diagnosis says of them.
#pragma once
#include <thalweg/run/experiment.hpp>
#include <thalweg/sweep/collect.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// Series, those without a time axis of one row. Of draws: "draws", with R-hat, effective sample
/// sizes, divergences and energies, and "parameters", with means, spreads and standard errors.
std::vector<SeriesSchema> collectable(const CheckedRun& checked);

/// The same numbers out of the file of a finished run. HDF5 must be the caller's. @throws IoError
void read_results(const std::string& directory, const std::vector<Collected>& collected,
                  Collector& to);

}  // namespace thalweg
