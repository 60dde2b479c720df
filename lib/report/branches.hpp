// Eigenvalues against time, joined by the branch of their vector instead of their rank.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <vector>

namespace thalweg::report {

struct Branches {
  std::vector<Curve> curves{};
  std::size_t found = 0;  ///< of which the curves are the longest
};

/// One curve for each of the branches that last longest, a dozen at most. None when each branch
/// keeps its rank, and none when vectors are seldom found again, so that there is nothing to join.
Branches branch_curves(const RunFile& file, const Record& record, const RunVariable& eigenvalue,
                       const RunVariable& branch);

}  // namespace thalweg::report
