// The evidence of a run: the ladder of <ln p(D|q)>, the work of annealing, ln Z by every route.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg::report {

/// A number of the group /evidence.
struct EvidenceNumber {
  std::string name, long_name;
  double value = 0.0;
  std::optional<double> error{};  ///< standard error
};
/// In the order of the file; none when there is no such group.
std::vector<EvidenceNumber> evidence_numbers(const RunFile& file);

/// An estimate or bound of ln Z, not a number about one.
bool is_log_evidence(const EvidenceNumber& n);

/// None when the file has no ladder.
std::vector<Figure> evidence_figures(const RunFile& file);

}  // namespace thalweg::report
