// Counts calls of the global operator new. A test program that uses it gets the counting operators.
#pragma once
#include <cstddef>

namespace thalweg {

/// Allocations of all threads since the program started.
std::size_t allocation_count();

}  // namespace thalweg
