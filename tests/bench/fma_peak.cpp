#include "fma_peak.hpp"

#include <algorithm>
#include <ctime>

namespace thalweg::bench {
namespace {

constexpr int loops = 50000;

// Twelve chains cover four to five cycles of latency on two units. The empty asm keeps each chain
// in its register and the compiler from merging steps.
template <class V>
__attribute__((always_inline)) inline double run() {
  V a0{}, a1{}, a2{}, a3{}, a4{}, a5{}, a6{}, a7{}, a8{}, a9{}, a10{}, a11{};
  V factor = V{} + 0.999f, step = V{} + 0.001f;
  asm volatile("" : "+x"(factor), "+x"(step));
  for (int i = 0; i < loops; ++i) {
#define THALWEG_STEP(a)  \
  a = a * factor + step; \
  asm volatile("" : "+x"(a));
    THALWEG_STEP(a0)
    THALWEG_STEP(a1)
    THALWEG_STEP(a2)
    THALWEG_STEP(a3)
    THALWEG_STEP(a4)
    THALWEG_STEP(a5)
    THALWEG_STEP(a6)
    THALWEG_STEP(a7)
    THALWEG_STEP(a8)
    THALWEG_STEP(a9)
    THALWEG_STEP(a10)
    THALWEG_STEP(a11)
#undef THALWEG_STEP
  }
  return 2.0 * 12 * loops * (sizeof(V) / sizeof(a0[0]));
}

typedef double Double16 __attribute__((vector_size(16)));
typedef double Double32 __attribute__((vector_size(32)));
typedef double Double64 __attribute__((vector_size(64)));
typedef float Float16 __attribute__((vector_size(16)));
typedef float Float32 __attribute__((vector_size(32)));
typedef float Float64 __attribute__((vector_size(64)));

__attribute__((target("sse2"))) double baseline(bool single) {
  return single ? run<Float16>() : run<Double16>();
}
__attribute__((target("avx2,fma"))) double v3(bool single) {
  return single ? run<Float32>() : run<Double32>();
}
__attribute__((target("avx512f,fma,prefer-vector-width=512"))) double v4(bool single) {
  return single ? run<Float64>() : run<Double64>();
}

}  // namespace

double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double fma_loop(std::string_view instruction_set, bool single_precision) {
  if (instruction_set == "x86-64-v4") return v4(single_precision);
  if (instruction_set == "x86-64-v3") return v3(single_precision);
  return baseline(single_precision);
}

double fma_peak(std::string_view instruction_set, bool single_precision) {
  double best = 0;
  for (int run = 0; run < 50; ++run) {
    const double start = thread_seconds();
    const double work = fma_loop(instruction_set, single_precision);
    best = std::max(best, work / (thread_seconds() - start) * 1e-9);
  }
  return best;
}

}  // namespace thalweg::bench
