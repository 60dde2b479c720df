// The pool behind parallel_for. A job is published as one 64-bit word {job number, chunks left};
// whoever takes a chunk lowers it by one. So a worker that got no processor in time is never waited
// for, and a loop costs well under a microsecond while the workers are awake. Idle workers spin for
// about 50 microseconds (longer than the pause between two right-hand sides), then sleep.
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace thalweg {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds spin_time{50};

thread_local bool inside_loop = false;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

// Spins until done() or the time is over; true if done.
template <class Done>
bool spin_until(Done done) {
  const auto end = Clock::now() + spin_time;
  do {
    for (int i = 0; i < 32; ++i) {
      if (done()) return true;
      relax();
    }
  } while (Clock::now() < end);
  return done();
}

class Pool {
 public:
  Pool() { start(std::max(1, static_cast<int>(std::thread::hardware_concurrency()))); }
  ~Pool() { stop(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int size() const { return size_.load(std::memory_order_relaxed); }

  void resize(int n) {
    const std::lock_guard lock(in_use_);
    if (n == size()) return;
    stop();
    start(n);
  }

  void run(std::ptrdiff_t n_chunks, detail::ChunkFunction f) {
    constexpr std::ptrdiff_t most = std::ptrdiff_t{1} << 31;
    if (n_chunks <= 1 || n_chunks >= most || inside_loop || size() == 1 || !in_use_.try_lock())
      return run_serially(n_chunks, f);
    const std::lock_guard lock(in_use_, std::adopt_lock);
    function_ = f;
    chunks_ = static_cast<std::uint32_t>(n_chunks);
    failed_chunk_ = n_chunks;
    unfinished_.store(chunks_, std::memory_order_relaxed);
    ++job_;
    work_.store(std::uint64_t{job_} << 32 | chunks_, std::memory_order_release);
    signal_.store(job_, std::memory_order_release);
    signal_.notify_all();

    inside_loop = true;
    take_chunks(0);
    inside_loop = false;
    const auto finished = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
    if (!spin_until(finished))
      for (std::uint32_t left; (left = unfinished_.load(std::memory_order_acquire)) != 0;)
        unfinished_.wait(left, std::memory_order_acquire);
    if (failed_chunk_ < n_chunks) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  static void run_serially(std::ptrdiff_t n_chunks, detail::ChunkFunction f) {
    std::exception_ptr failure;
    for (std::ptrdiff_t chunk = 0; chunk < n_chunks; ++chunk) try {
        f.call(f.object, chunk, 0);
      } catch (...) {
        if (!failure) failure = std::current_exception();
      }
    if (failure) std::rethrow_exception(failure);
  }

  void start(int n) {
    stopping_.store(false, std::memory_order_relaxed);
    size_.store(n, std::memory_order_relaxed);
    for (int worker = 1; worker < n; ++worker)
      workers_.emplace_back([this, worker, seen = job_] { serve(worker, seen); });
  }

  void stop() {
    stopping_.store(true, std::memory_order_release);
    signal_.store(++job_, std::memory_order_release);
    signal_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  void serve(int worker, std::uint32_t seen) {
    inside_loop = true;
    for (;;) {
      const auto called = [&] { return signal_.load(std::memory_order_acquire) != seen; };
      if (!spin_until(called)) signal_.wait(seen, std::memory_order_acquire);
      seen = signal_.load(std::memory_order_acquire);
      if (stopping_.load(std::memory_order_acquire)) return;
      take_chunks(worker);
    }
  }

  // A taken chunk keeps its job unfinished, so function_ and chunks_ stay what they are meanwhile.
  void take_chunks(int worker) {
    std::uint64_t work = work_.load(std::memory_order_acquire);
    while ((work & 0xffffffff) != 0) {
      if (!work_.compare_exchange_weak(work, work - 1, std::memory_order_acquire)) continue;
      run_chunk(chunks_ - static_cast<std::uint32_t>(work & 0xffffffff), worker);
      if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_all();
      work = work_.load(std::memory_order_acquire);
    }
  }

  void run_chunk(std::ptrdiff_t chunk, int worker) {
    try {
      function_.call(function_.object, chunk, worker);
    } catch (...) {
      const std::lock_guard lock(failure_mutex_);
      if (chunk >= failed_chunk_) return;
      failed_chunk_ = chunk;
      failure_ = std::current_exception();
    }
  }

  std::mutex in_use_;
  std::vector<std::thread> workers_;
  std::atomic<int> size_{1};
  std::atomic<bool> stopping_{false};

  detail::ChunkFunction function_{};
  std::uint32_t chunks_ = 0, job_ = 0;
  alignas(64) std::atomic<std::uint64_t> work_{0};
  alignas(64) std::atomic<std::uint32_t> unfinished_{0};
  alignas(64) std::atomic<std::uint32_t> signal_{0};

  std::mutex failure_mutex_;
  std::ptrdiff_t failed_chunk_ = 0;
  std::exception_ptr failure_;
};

Pool& pool() {
  static Pool the_pool;
  return the_pool;
}

}  // namespace

int threads() { return pool().size(); }

void set_threads(int n) {
  if (n < 1) throw ConfigError("threads = " + std::to_string(n) + " must be at least 1");
  if (inside_loop) throw std::logic_error("set_threads must not be called inside parallel_for");
  pool().resize(n);
}

void detail::run_chunks(std::ptrdiff_t n_chunks, ChunkFunction f) { pool().run(n_chunks, f); }

}  // namespace thalweg
