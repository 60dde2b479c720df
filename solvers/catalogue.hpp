// Every solver by name; a new one is one file and one line in catalogue.cpp.
#pragma once
#include <thalweg/core/registry.hpp>
#include <thalweg/core/stepper.hpp>

namespace thalweg {

/// What a configuration that does not say means.
inline constexpr const char* default_solver = "auto";

Registry<SolverFactory>& solvers();

}  // namespace thalweg
