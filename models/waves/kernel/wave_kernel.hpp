// The innermost loops of the leapfrog, one table of them per instruction set. Every cell is
// computed by the same additions and multiplications in the same order, without fused ones, so
// that all sets, tilings and numbers of threads give the same bits.
#pragma once
#include <cstddef>

namespace thalweg::wave_kernel {

using Index = std::ptrdiff_t;

/// x_{t+1} = diagonal x_t + mu (sum of the neighbours) - memory x_{t-1}: constant mu.
struct Coefficients {
  double diagonal = 0.0, mu = 0.0, memory = 1.0;
};

/// Each updates the cells [first, last) of one line, which have both neighbours in the line:
/// `previous` holds x_{t-1} and is overwritten by x_{t+1}. `stream`: the fields come from memory,
/// so that it pays to ask for them ahead.
struct Kernels {
  const char* name;
  void (*line)(const double* x, double* previous, Index first, Index last, const Coefficients& c,
               bool stream);
  void (*row)(const double* north, const double* x, const double* south, double* previous,
              Index first, Index last, const Coefficients& c, bool stream);
  /// mu[i] belongs to the edge between the cells i - 1 and i.
  void (*variable_line)(const double* x, double* previous, const double* mu, Index first,
                        Index last, double memory, bool stream);
  void (*variable_row)(const double* north, const double* x, const double* south, double* previous,
                       const double* mu_north, const double* mu_south, const double* mu_west,
                       Index first, Index last, double memory, bool stream);
};

const Kernels& kernels_baseline();
const Kernels& kernels_v3();
const Kernels& kernels_v4();

/// Those of the instruction set in use (networks/kernel/dispatch.hpp).
[[nodiscard]] const Kernels& active_kernels();

}  // namespace thalweg::wave_kernel
