// Where the draws of each entry of a variable lie.
#pragma once
#include <thalweg/diagnose/draws_file.hpp>

#include <vector>

namespace thalweg::report {

/// Mean over the draws of all chains, 5 and 95 % quantile of each entry; NaN where a draw is not
/// finite.
struct Spread {
  std::vector<double> mean, low, high;
};

[[nodiscard]] Spread spread_of(const DrawsFile& file, const DrawsVariable& variable);

}  // namespace thalweg::report
