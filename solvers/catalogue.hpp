// Every solver and sampler by name; a new one is one file and one line in catalogue.cpp.
#pragma once
#include <thalweg/core/registry.hpp>
#include <thalweg/core/sampler.hpp>
#include <thalweg/core/stepper.hpp>

namespace thalweg {

/// What a configuration that does not say means.
inline constexpr const char* default_solver = "auto";
inline constexpr const char* default_sampler = "nuts";

Registry<SolverFactory>& solvers();
Registry<SamplerFactory>& samplers();

}  // namespace thalweg
