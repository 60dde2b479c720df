#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>

#include <atomic>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../../support/catch.hpp"
#include "../../support/malloc_count.hpp"

using thalweg::parallel_for;
using thalweg::set_threads;

namespace {

struct Threads {  // restores the number of threads
  explicit Threads(int n) { set_threads(n); }
  ~Threads() { set_threads(before); }
  int before = thalweg::threads();
};

}  // namespace

TEST_CASE("parallel_for runs every chunk once, with workers below threads()") {
  const int n_threads = GENERATE(1, 2, 3, 7);
  const Threads guard(n_threads);
  REQUIRE(thalweg::threads() == n_threads);
  for (const int n : {0, 1, 2, 5, 64, 1000}) {
    std::vector<std::atomic<int>> runs(n);
    std::atomic<int> bad_workers = 0;
    for (int repeat = 0; repeat < 50; ++repeat)
      parallel_for(n, [&](std::ptrdiff_t chunk, int worker) {
        ++runs[chunk];
        if (worker < 0 || worker >= n_threads) ++bad_workers;
      });
    CHECK(bad_workers == 0);
    for (const auto& r : runs) REQUIRE(r == 50);
  }
}

TEST_CASE("a worker is one thread at a time") {
  const Threads guard(4);
  std::vector<std::atomic<int>> inside(4);
  std::atomic<int> clashes = 0;
  for (int repeat = 0; repeat < 200; ++repeat)
    parallel_for(16, [&](std::ptrdiff_t, int worker) {
      if (++inside[worker] != 1) ++clashes;
      std::this_thread::yield();
      --inside[worker];
    });
  CHECK(clashes == 0);
}

TEST_CASE("chunks are shared with other threads") {
  const Threads guard(2);
  // Chunk 0 waits for chunk 1: ends only if a second thread runs it.
  std::atomic<bool> other_ran = false;
  parallel_for(2, [&](std::ptrdiff_t chunk, int) {
    if (chunk == 1) other_ran = true;
    while (!other_ran) std::this_thread::yield();
  });
  CHECK(other_ran);
}

TEST_CASE("a nested loop runs serially on the caller's thread") {
  const Threads guard(3);
  std::atomic<int> elsewhere = 0, runs = 0;
  parallel_for(4, [&](std::ptrdiff_t, int) {
    const auto me = std::this_thread::get_id();
    parallel_for(8, [&](std::ptrdiff_t, int worker) {
      ++runs;
      if (worker != 0 || std::this_thread::get_id() != me) ++elsewhere;
    });
  });
  CHECK(runs == 32);
  CHECK(elsewhere == 0);
}

TEST_CASE("loops from several threads at once all finish") {
  const Threads guard(2);
  std::vector<std::thread> callers;
  std::atomic<long> total = 0;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 500; ++repeat)
        parallel_for(10, [&](std::ptrdiff_t chunk, int) { total += chunk; });
    });
  for (auto& caller : callers) caller.join();
  CHECK(total == 4 * 500 * 45);
}

TEST_CASE("the exception of the lowest chunk comes out and the pool works on") {
  const int n_threads = GENERATE(1, 3);
  const Threads guard(n_threads);
  std::atomic<int> runs = 0;
  const auto fail = [&] {
    parallel_for(20, [&](std::ptrdiff_t chunk, int) {
      ++runs;
      if (chunk >= 7) throw std::runtime_error("chunk " + std::to_string(chunk));
    });
  };
  CHECK_THROWS_WITH(fail(), "chunk 7");
  CHECK(runs == 20);
  std::atomic<int> after = 0;
  parallel_for(5, [&](std::ptrdiff_t, int) { ++after; });
  CHECK(after == 5);
}

TEST_CASE("sleeping workers wake up") {
  const Threads guard(2);
  for (int repeat = 0; repeat < 5; ++repeat) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // well beyond the spin time
    std::atomic<bool> other_ran = false;
    parallel_for(2, [&](std::ptrdiff_t chunk, int) {
      if (chunk == 1) other_ran = true;
      while (!other_ran) std::this_thread::yield();
    });
  }
}

TEST_CASE("parallel_for allocates nothing") {
  const Threads guard(2);
  std::vector<double> x(100, 1.0);
  const auto loop = [&] {
    parallel_for(100, [&](std::ptrdiff_t i, int) { x[i] = std::sqrt(x[i]); });
  };
  loop();
  const std::size_t before = thalweg::test::malloc_count();
  for (int repeat = 0; repeat < 10; ++repeat) loop();
  CHECK(thalweg::test::malloc_count() == before);
}

TEST_CASE("the number of threads must be positive") {
  CHECK_THROWS_AS(set_threads(0), thalweg::ConfigError);
  CHECK_THROWS_WITH(set_threads(-2), "threads = -2 must be at least 1");
}
