// The loops of wave_kernel.hpp, vectorised by the compiler. Compiled once per instruction set:
// everything has internal linkage, so that the linker can never exchange the copies.
#pragma once
#include <cstdint>

#include "wave_kernel.hpp"

namespace thalweg::wave_kernel {
namespace {

constexpr Index block = 64, ahead = 256;  // cells between requests, and how far they go

// Calls cell(i) for [first, last); the long run begins where stores fill whole cache lines. When it
// streams, the lines of `read` and `stored` are asked for ahead: the loop is too long for the
// processor to look as far by itself.
template <class Cell>
inline __attribute__((always_inline)) void each_cell(const double* read, const double* stored,
                                                     Index first, Index last, bool stream,
                                                     Cell cell) {
  const auto address = reinterpret_cast<std::uintptr_t>(stored + first);
  const Index skip = static_cast<Index>((64 - address % 64) % 64 / sizeof(double));
  Index i = first + skip < last ? first + skip : last;
  for (Index k = first; k < i; ++k) cell(k);
  for (; stream && i + block <= last; i += block) {
    for (Index k = i + ahead; k < i + ahead + block; k += 8) {
      __builtin_prefetch(read + k, 0);
      __builtin_prefetch(stored + k, 1);
    }
#pragma GCC ivdep
    for (Index k = i; k < i + block; ++k) cell(k);
  }
#pragma GCC ivdep
  for (Index k = i; k < last; ++k) cell(k);
}

void line(const double* __restrict x, double* __restrict previous, Index first, Index last,
          const Coefficients& c, bool stream) {
  const double a = c.diagonal, mu = c.mu, memory = c.memory;
  if (memory == 1.0)  // 1 y = y: the same bits for less work
    each_cell(x, previous, first, last, stream, [=](Index i) {
      previous[i] = (a * x[i] + mu * (x[i - 1] + x[i + 1])) - previous[i];
    });
  else
    each_cell(x, previous, first, last, stream, [=](Index i) {
      previous[i] = (a * x[i] + mu * (x[i - 1] + x[i + 1])) - memory * previous[i];
    });
}

void row(const double* __restrict north, const double* __restrict x, const double* __restrict south,
         double* __restrict previous, Index first, Index last, const Coefficients& c, bool stream) {
  const double a = c.diagonal, mu = c.mu, memory = c.memory;
  if (memory == 1.0)
    each_cell(south, previous, first, last, stream, [=](Index i) {
      previous[i] = (a * x[i] + mu * ((x[i - 1] + x[i + 1]) + (north[i] + south[i]))) - previous[i];
    });
  else
    each_cell(south, previous, first, last, stream, [=](Index i) {
      previous[i] =
          (a * x[i] + mu * ((x[i - 1] + x[i + 1]) + (north[i] + south[i]))) - memory * previous[i];
    });
}

void variable_line(const double* __restrict x, double* __restrict previous,
                   const double* __restrict mu, Index first, Index last, double memory,
                   bool stream) {
  each_cell(x, previous, first, last, stream, [=](Index i) {
    const double flux = mu[i + 1] * (x[i + 1] - x[i]) - mu[i] * (x[i] - x[i - 1]);
    previous[i] = ((1.0 + memory) * x[i] + flux) - memory * previous[i];
  });
}

void variable_row(const double* __restrict north, const double* __restrict x,
                  const double* __restrict south, double* __restrict previous,
                  const double* __restrict mu_north, const double* __restrict mu_south,
                  const double* __restrict mu_west, Index first, Index last, double memory,
                  bool stream) {
  each_cell(south, previous, first, last, stream, [=](Index i) {
    const double along = mu_west[i + 1] * (x[i + 1] - x[i]) - mu_west[i] * (x[i] - x[i - 1]);
    const double across = mu_south[i] * (south[i] - x[i]) - mu_north[i] * (x[i] - north[i]);
    previous[i] = ((1.0 + memory) * x[i] + (along + across)) - memory * previous[i];
  });
}

constexpr Kernels kernels_named(const char* name) {
  return {name, line, row, variable_line, variable_row};
}

}  // namespace
}  // namespace thalweg::wave_kernel
