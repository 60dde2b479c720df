// What the Bayesian regressions keep of their data for the draws' file.
#pragma once
#include <thalweg/core/observable.hpp>
#include <thalweg/models/datasets/dataset.hpp>

#include <vector>

namespace thalweg {

/// The axis "obs" of n observations.
[[nodiscard]] Axis observation_axis(Index n);
/// Inputs X, targets y (labels of a classification).
[[nodiscard]] std::vector<Exhibit> observed_data_of(const Dataset& data);
/// (1, x_1, ..., x_d), a row per sample; without the first column when `intercept` is false.
[[nodiscard]] Mat design_matrix(const Samples& X, bool intercept);

}  // namespace thalweg
