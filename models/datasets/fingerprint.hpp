#pragma once
#include <thalweg/models/datasets/dataset.hpp>

#include <string>

namespace thalweg {

/// SHA-256 of the prepared samples (inputs, then targets, then the held-out ones, as float64 in row
/// order): two runs with equal fingerprints learned from the same numbers.
[[nodiscard]] std::string fingerprint(const Dataset& data);

}  // namespace thalweg
