// Counts calls of malloc and aligned_alloc, which Eigen's vectors and operator new both end in.
// Under a sanitizer, which has allocators of its own, the count stays 0.
#pragma once
#include <cstddef>

namespace thalweg::test {

/// Calls of malloc by all threads since the program started.
std::size_t malloc_count();

}  // namespace thalweg::test
