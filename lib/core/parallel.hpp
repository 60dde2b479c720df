// Threads live inside the expensive kernels: a loop over a fixed number of chunks, shared by a
// small pool. Chunks never depend on the number of threads, so neither do the bits of a result that
// is put together chunk by chunk.
#pragma once
#include <cstddef>
#include <memory>
#include <type_traits>

namespace thalweg {

/// Number of threads that `parallel_for` uses, the caller included. Starts as the number of
/// processors this process may run on.
[[nodiscard]] int threads();

/// Sets the number of threads, at least 1 (ConfigError otherwise). Waits for a running
/// loop; must not be called inside one, nor while other threads start loops.
void set_threads(int n);

namespace detail {

// A borrowed callable: what std::function is, without owning or allocating.
struct ChunkFunction {
  void* object;
  void (*call)(void* object, std::ptrdiff_t chunk, int worker);
};

void run_chunks(std::ptrdiff_t n_chunks, ChunkFunction f);

}  // namespace detail

/// Calls f(chunk, worker) once for each chunk in [0, n_chunks), in any order and on any thread;
/// worker < threads() names the workspace a call may use. A loop inside a loop, and a loop started
/// while another thread's loop has the pool, runs serially on the caller as worker 0. All chunks
/// run even if one throws; then the exception of the lowest chunk is thrown on. Allocates nothing.
template <class F>
void parallel_for(std::ptrdiff_t n_chunks, F&& f) {
  using Function = std::remove_reference_t<F>;
  detail::run_chunks(n_chunks, {const_cast<void*>(static_cast<const void*>(std::addressof(f))),
                                [](void* object, std::ptrdiff_t chunk, int worker) {
                                  (*static_cast<Function*>(object))(chunk, worker);
                                }});
}

}  // namespace thalweg
