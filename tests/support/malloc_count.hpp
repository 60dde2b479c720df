// Counts calls of malloc, which is what Eigen's vectors use; operator new (allocation_count.hpp)
// does not see those. Under the address sanitizer, which has a malloc of its own, the count stays
// 0.
#pragma once
#include <cstddef>

namespace thalweg::test {

/// Calls of malloc by all threads since the program started.
std::size_t malloc_count();

}  // namespace thalweg::test
