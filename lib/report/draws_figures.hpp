// The few pictures that tell whether draws can be believed, and what they say.
#pragma once
#include <thalweg/diagnose/diagnosis.hpp>
#include <thalweg/report/figure.hpp>

#include <vector>

namespace thalweg::report {

/// Predictions over their input with bands and data; densities of parameters by chain; traces and
/// ranks of the function space and of the worst parameter; energies; R-hat of functions beside
/// parameters; where trajectories diverged. Each only where the file holds what it needs.
std::vector<Figure> draws_figures(const DrawsFile& file, const Diagnosis& diagnosis);

}  // namespace thalweg::report
