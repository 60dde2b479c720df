// Where a chain starts must be computable.
#pragma once
#include <thalweg/solvers/samplers/splitting.hpp>

#include <string>

namespace thalweg {

/// z.q = q, z.u and z.g there.
/// @throws ModelError for another dimension, SolveError when U or its gradient is not finite at q.
void set_start(const Target& target, const std::string& sampler, In q, PhasePoint& z);

}  // namespace thalweg
