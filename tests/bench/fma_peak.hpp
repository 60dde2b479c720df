// The most multiply-adds per second that one core does: independent chains of vector FMAs in
// registers, for the instruction set of the kernel in use. Measures what the machine gives now.
#pragma once
#include <string_view>

namespace thalweg::bench {

/// Seconds of CPU time that the calling thread has used.
double thread_seconds();

/// Runs the loop once; returns the floating-point operations it did.
double fma_loop(std::string_view instruction_set, bool single_precision);

/// GFLOP/s of the calling thread: the best of several runs by CPU time, about 20 ms in all.
double fma_peak(std::string_view instruction_set, bool single_precision);

}  // namespace thalweg::bench
