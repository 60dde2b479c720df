// Predictions over the input that they are made for.
#pragma once
#include <thalweg/diagnose/draws_file.hpp>
#include <thalweg/report/figure.hpp>

#include <vector>

namespace thalweg::report {

/// One for each variable of posterior_predictive with one axis that has an input: coordinates that
/// are more than a count, or the only input of the observations. Mean, 5 to 95 % and the observed
/// data.
std::vector<Figure> predictive_figures(const DrawsFile& file);

}  // namespace thalweg::report
