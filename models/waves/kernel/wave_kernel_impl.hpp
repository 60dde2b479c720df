// The loops of wave_kernel.hpp, vectorised by the compiler. Compiled once per instruction set:
// everything has internal linkage, so that the linker can never exchange the copies.
#pragma once
#include <cstdint>

#include "wave_kernel.hpp"

namespace thalweg::wave_kernel {
namespace {

// Calls cell(i) for [first, last); the long run begins where stores fill whole cache lines.
template <class Cell>
inline __attribute__((always_inline)) void each_cell(const double* stored, Index first, Index last,
                                                     Cell cell) {
  const auto address = reinterpret_cast<std::uintptr_t>(stored + first);
  const Index ahead = static_cast<Index>((64 - address % 64) % 64 / sizeof(double));
  const Index aligned = first + ahead < last ? first + ahead : last;
  for (Index i = first; i < aligned; ++i) cell(i);
#pragma GCC ivdep
  for (Index i = aligned; i < last; ++i) cell(i);
}

void line(const double* __restrict x, double* __restrict previous, Index first, Index last,
          const Coefficients& c) {
  const double a = c.diagonal, mu = c.mu, memory = c.memory;
  if (memory == 1.0)  // 1 y = y: the same bits for less work
    each_cell(previous, first, last, [=](Index i) {
      previous[i] = (a * x[i] + mu * (x[i - 1] + x[i + 1])) - previous[i];
    });
  else
    each_cell(previous, first, last, [=](Index i) {
      previous[i] = (a * x[i] + mu * (x[i - 1] + x[i + 1])) - memory * previous[i];
    });
}

void row(const double* __restrict north, const double* __restrict x, const double* __restrict south,
         double* __restrict previous, Index first, Index last, const Coefficients& c) {
  const double a = c.diagonal, mu = c.mu, memory = c.memory;
  if (memory == 1.0)
    each_cell(previous, first, last, [=](Index i) {
      previous[i] = (a * x[i] + mu * ((x[i - 1] + x[i + 1]) + (north[i] + south[i]))) - previous[i];
    });
  else
    each_cell(previous, first, last, [=](Index i) {
      previous[i] =
          (a * x[i] + mu * ((x[i - 1] + x[i + 1]) + (north[i] + south[i]))) - memory * previous[i];
    });
}

void variable_line(const double* __restrict x, double* __restrict previous,
                   const double* __restrict mu, Index first, Index last, double memory) {
  each_cell(previous, first, last, [=](Index i) {
    const double flux = mu[i + 1] * (x[i + 1] - x[i]) - mu[i] * (x[i] - x[i - 1]);
    previous[i] = ((1.0 + memory) * x[i] + flux) - memory * previous[i];
  });
}

void variable_row(const double* __restrict north, const double* __restrict x,
                  const double* __restrict south, double* __restrict previous,
                  const double* __restrict mu_north, const double* __restrict mu_south,
                  const double* __restrict mu_west, Index first, Index last, double memory) {
  each_cell(previous, first, last, [=](Index i) {
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
