// Every sampler by name; a new one is one file and one line in catalogue.cpp.
#pragma once
#include <thalweg/core/registry.hpp>
#include <thalweg/core/sampler.hpp>

namespace thalweg {

/// What a configuration with a [sampler] that does not say means.
inline constexpr const char* default_sampler = "nuts";

Registry<SamplerFactory>& samplers();

}  // namespace thalweg
