// What happens to a table of samples before anything learns from it: which samples are used, which
// are held out, how the inputs are scaled. All data sets share these options.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/models/datasets/dataset.hpp>

#include <string>

namespace thalweg {

/// Scaling of the inputs; means and deviations (over n, not n - 1) come from the training samples
/// alone and are applied to the held-out ones:
///   standard  each feature minus its mean, over its standard deviation (a constant one becomes 0)
///   global    minus one mean over one standard deviation of all features together
///   unit      mapped linearly so that smallest and largest input of all become 0 and 1
///   none
struct Preparation {
  std::string scaling = "none";
  double test_fraction = 0.0;
  Index split_seed = 0;

  void fields(Fields& f);
  /// Splits, then scales, and completes `raw.description`.
  /// @throws ModelError when nothing is left to train on or an entry is not finite.
  [[nodiscard]] Dataset operator()(Dataset raw) const;
};

/// Use only some of the samples of a file.
struct Subset {
  Index samples = 0;  ///< 0: all
  std::string subset = "first";
  Index subset_seed = 0;

  void fields(Fields& f);
  /// @throws ModelError when more samples are asked for than there are.
  [[nodiscard]] Dataset operator()(Dataset raw) const;
};

/// The rows of `data` that `rows` lists, in that order; the held-out part is kept.
Dataset select_rows(const Dataset& data, const std::vector<Index>& rows);

}  // namespace thalweg
