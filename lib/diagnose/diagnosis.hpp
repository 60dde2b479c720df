// What the draws of a file say about themselves: function space first (log likelihood, predictions,
// log density), because it alone is defined where parameters have symmetries; then the parameters;
// then each chain.
#pragma once
#include <thalweg/diagnose/draws_file.hpp>
#include <thalweg/statistics/convergence.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg {

struct EntryDiagnosis {
  std::string name;  ///< "W1[3, 0]"
  Index entry = 0;   ///< in the flattened value
  DrawSummary summary{};
};

/// Limits of Vehtari et al. (2021) and of Stan's checks.
namespace limits {
constexpr double rhat = 1.01;
constexpr double ess_per_chain = 100.0;
constexpr double bfmi = 0.3;
constexpr double depth_share = 0.01;  ///< more costs efficiency, not exactness
}  // namespace limits

/// All entries of one sampled variable. Extremes and counts are over the entries that vary and are
/// finite; NaN when there are none.
struct VariableDiagnosis {
  std::string group, name;
  std::vector<std::string> axes{};
  h5::Shape shape{};
  Index entries = 0, constant = 0, not_finite = 0;
  Index undiagnosed = 0;  ///< they vary, yet there are too few draws
  Index over_rhat = 0;    ///< R-hat not below its limit
  Index under_ess = 0;    ///< bulk or tail ESS not above its limit
  double rhat_max = DrawSummary::none;
  double ess_bulk_min = DrawSummary::none, ess_tail_min = DrawSummary::none;
  /// The largest R-hat first, not finite before all; or all in the order of the file.
  std::vector<EntryDiagnosis> kept{};
};

struct ChainDiagnosis {
  static constexpr double none = DrawSummary::none;  ///< the file does not tell
  Index divergences = 0;
  double bfmi = none;
  double depth_share = none;  ///< of draws whose trajectory was cut at the greatest depth
  double acceptance = none, step_size = none, steps = none;  ///< means over the draws
  double energy_error = none, largest_energy_error = none;   ///< mean and largest of |H' - H|
  Index standing = 0;    ///< entries of the posterior that vary, but not in this chain
  Index not_finite = 0;  ///< entries with a value that is not finite in this chain
};

/// Where divergences happen: the coordinate's draws of divergent transitions beside all others.
struct DivergentCoordinate {
  std::string name;
  std::string variable{};
  Index entry = 0;
  double distance = 0.0;                     ///< of the two distributions, Kolmogorov and Smirnov's
  double low = 0.0, high = 0.0;              ///< 5 % and 95 % where it diverged
  double other_low = 0.0, other_high = 0.0;  ///< 5 % and 95 % elsewhere
};

struct Diagnosis {
  std::string file, title, model, sampler;
  Index chains = 0, draws = 0;
  std::vector<VariableDiagnosis> functions{}, parameters{};
  std::vector<ChainDiagnosis> by_chain{};
  bool tells_divergences = false, tells_depth = false, tells_energy = false;
  Index divergences = 0;
  /// Most different first; at most three.
  std::vector<DivergentCoordinate> divergent{};
  std::vector<std::string> warnings{};
};

struct DiagnoseOptions {
  bool keep_all = false;  ///< every entry, not the worst alone
  std::size_t worst = 3;  ///< entries kept of an array of more than `small` entries
  Index small = 10;
  std::size_t block_bytes = 64U << 20;  ///< of draws in memory at a time
  /// 0: all. Else at most so many entries of a variable, evenly spread: for a picture.
  Index most_entries = 0;
  std::function<void(double fraction, const std::string& what)> on_progress{};
};

/// Numbers do not depend on the number of threads. @throws IoError as DrawsFile does
Diagnosis diagnose(const DrawsFile& file, const DiagnoseOptions& options);

}  // namespace thalweg
