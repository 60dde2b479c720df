// Leapfrog sweeps beside the memory line that the same process measures, as JSON: Gcell/s of one
// thread by its own clock, and the gain of two threads by the clock on the wall, in turn.
//   line    p[i] = x[i] - p[i] over the same arrays: the 24 bytes a cell that a sweep moves
//   plain   layer by layer, tiled: tiles in space and layers
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/waves/kernel/leapfrog.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <limits>
#include <string>
#include <vector>

using thalweg::wave_kernel::Index;
using thalweg::wave_kernel::Leapfrog;
using thalweg::wave_kernel::Medium;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double seconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

template <class F>
double timed(clockid_t clock, F&& f) {
  const double start = seconds(clock);
  f();
  return seconds(clock) - start;
}

__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"))) void line(
    const double* __restrict x, double* __restrict p, Index n) {
  for (Index i = 0; i < n; ++i) p[i] = x[i] - p[i];
}

// Half a page apart modulo a page, or stores look like the loads that follow (4 KiB aliasing).
struct Fields {
  explicit Fields(Index n) : memory(static_cast<std::size_t>(2 * n + 1024)) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    x = memory.data() + (64 - address % 64) % 64 / sizeof(double);
    previous = x + (n + 511) / 512 * 512 + 256;
    for (Index i = 0; i < n; ++i) x[i] = previous[i] = 1e-3 * static_cast<double>(i % 97);
  }
  std::vector<double> memory;
  double *x, *previous;
};

struct Rates {
  double line = 0.0, plain = 0.0, tiled = 0.0;
};

// Steps per call: about 2^27 cells at most, and whole passes of tiles where the field is large.
Rates one_thread(Index rows, Index columns, double budget) {
  const Leapfrog net(Medium{rows, columns, {}, 0.0, rows == 0 ? 0.64 : 0.4});
  const Index n = net.size();
  Fields f(n);
  Leapfrog::Workspace workspace;
  const Index steps = std::max<Index>(4, (Index{1} << 26) / n);
  const Index layers = n > (1 << 20) ? (rows == 0 ? 256 : 64) : steps;
  Rates best;
  const auto rate = [&](Index count, double time) {
    return static_cast<double>(n) * static_cast<double>(count) / time * 1e-9;
  };
  const double end = seconds(CLOCK_MONOTONIC) + budget;
  int repeats = 0;
  do {
    best.line =
        std::max(best.line, rate(steps, timed(CLOCK_THREAD_CPUTIME_ID, [&] {
                                   for (Index s = 0; s < steps; ++s)
                                     line(s % 2 ? f.x : f.previous, s % 2 ? f.previous : f.x, n);
                                 })));
    for (Index i = 0; i < n; ++i) f.x[i] = f.previous[i] = 1e-3 * static_cast<double>(i % 97);
    best.plain = std::max(best.plain, rate(steps, timed(CLOCK_THREAD_CPUTIME_ID, [&] {
                                             net.plain(f.x, f.previous, steps, workspace);
                                           })));
    best.tiled = std::max(best.tiled, rate(layers, timed(CLOCK_THREAD_CPUTIME_ID, [&] {
                                             net.tiled(f.x, f.previous, layers, workspace);
                                           })));
  } while (++repeats < 3 || seconds(CLOCK_MONOTONIC) < end);
  return best;
}

double two_threads(Index rows, Index columns, double budget) {
  const Leapfrog net(Medium{rows, columns, {}, 0.0, rows == 0 ? 0.64 : 0.4});
  Fields f(net.size());
  Leapfrog::Workspace workspace;
  double best[2] = {infinity, infinity};
  const double end = seconds(CLOCK_MONOTONIC) + budget;
  int repeats = 0;
  do
    for (const int n : {1, 2}) {
      thalweg::set_threads(n);
      best[n - 1] = std::min(best[n - 1], timed(CLOCK_MONOTONIC, [&] {
                               net.tiled(f.x, f.previous, rows == 0 ? 256 : 64, workspace);
                             }));
    }
  while (++repeats < 3 || seconds(CLOCK_MONOTONIC) < end);
  thalweg::set_threads(1);
  return best[0] / best[1];
}

}  // namespace

// bench_waves one | two [seconds a case] [part of the cases' names]
int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "one";
  const double budget = argc > 2 ? std::stod(argv[2]) : 5.0;
  const std::string wanted = argc > 3 ? argv[3] : "";
  struct Case {
    const char* name;
    Index rows, columns;
  };
  // In the second cache, in the last one, beyond it.
  const Case cases[] = {{"line_1e4", 0, 10000},    {"line_1e6", 0, 1000000},
                        {"line_3e7", 0, 32000000}, {"grid_256", 256, 256},
                        {"grid_2000", 2000, 2000}, {"grid_5600", 5600, 5600}};
  thalweg::set_threads(1);
  const char* separator = "{";
  for (const Case& c : cases) {
    if (std::string(c.name).find(wanted) == std::string::npos) continue;
    if (what == "one") {
      const Rates r = one_thread(c.rows, c.columns, budget);
      std::printf("%s\n \"%s\": {\"line\": %.3f, \"plain\": %.3f, \"tiled\": %.3f}", separator,
                  c.name, r.line, r.plain, r.tiled);
    } else {
      if (c.columns < 1000000 && c.rows < 2000) continue;
      std::printf("%s\n \"%s\": %.3f", separator, c.name, two_threads(c.rows, c.columns, budget));
    }
    separator = ",";
    std::fflush(stdout);
  }
  std::printf("\n}\n");
}
