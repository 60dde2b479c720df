// Eigenvalues against time, joined by the branch of their vector instead of their rank.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <vector>

namespace thalweg::report {

/// One curve for each of the branches that last longest, a dozen at most. None when each branch
/// keeps its rank, and none when vectors are seldom found again, so that there is nothing to join.
std::vector<Curve> branch_curves(const RunFile& file, const Record& record,
                                 const RunVariable& eigenvalue, const RunVariable& branch);

}  // namespace thalweg::report
