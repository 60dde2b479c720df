// What draws say of the classes of observations.
#pragma once
#include <thalweg/diagnose/draws_file.hpp>
#include <thalweg/report/figure.hpp>

#include <vector>

namespace thalweg::report {

/// For each variable of posterior_predictive that holds probabilities of the observed classes, of
/// shape (observation, class) or P(class 1) of each observation: means of all classes, and the
/// probability of the observed class, sorted, with its 5 to 95 %.
std::vector<Figure> class_figures(const DrawsFile& file);

}  // namespace thalweg::report
