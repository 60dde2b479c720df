#include "malloc_count.hpp"

#include <atomic>

namespace {

std::atomic<std::size_t> calls{0};

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// glibc offers its own malloc under second names to those who wrap it.
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* malloc(std::size_t size) {
  ++calls;
  return __libc_malloc(size);
}
extern "C" void* __libc_memalign(std::size_t, std::size_t);
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++calls;
  return __libc_memalign(alignment, size);
}
#endif

std::size_t thalweg::test::malloc_count() { return calls; }
