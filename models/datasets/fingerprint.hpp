#pragma once
#include <thalweg/models/datasets/dataset.hpp>

#include <string>

namespace thalweg {

/// SHA-256 of the SHA-256 digests of the prepared inputs, targets and held-out ones (float64 in row
/// order): two runs with equal fingerprints learned from the same numbers.
[[nodiscard]] std::string fingerprint(const Dataset& data);

}  // namespace thalweg
