// Every solver by name; a new one is one file and one line in catalogue.cpp.
#pragma once
#include <thalweg/core/registry.hpp>
#include <thalweg/core/stepper.hpp>

namespace thalweg {

Registry<SolverFactory>& solvers();

}  // namespace thalweg
