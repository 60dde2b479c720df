// Signals and gradients in continuous depth: norms with their bounds, and the paths of the signal.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <string>
#include <vector>

namespace thalweg::report {

/// One figure of each field: ln of the tangent's and the adjoint's norm between the integrals of
/// the extreme eigenvalues of the symmetric part; then the paths of signals with two entries. None
/// when the record does not hold both norms. `variables`: what they show.
std::vector<Figure> depth_figures(const RunFile& file, const Record& record,
                                  std::vector<std::string>& variables);

}  // namespace thalweg::report
