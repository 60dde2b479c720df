// Where the chains of a run start: spread out, each from its own random numbers, so that chains
// which end up together say something.
#pragma once
#include <thalweg/core/potential.hpp>
#include <thalweg/core/rng.hpp>

#include <string>

namespace thalweg {

enum class ChainStart { prior, model, uniform };

/// `choice`: "default", "prior", "model" or "uniform"; the default is the first of these that the
/// potential offers. @throws ConfigError when it does not offer what was asked for
ChainStart chain_start(const AnyPotential& potential, const std::string& choice);

/// What the output says of it, in one line.
std::string describe(ChainStart start);

/// A point where U and its gradient are finite, at most 100 tries.
/// @throws SolveError when there is none
Vec start_point(const AnyPotential& potential, ChainStart start, Rng& rng);

}  // namespace thalweg
