// The sum of the chunks' gradients by halves, in an order that depends on their number alone.
#pragma once
#include <thalweg/core/parallel.hpp>

#include <algorithm>

#include "mlp_kernel.hpp"

namespace thalweg::mlp_kernel {

inline constexpr Index slice = 512;  // numbers summed at a time

// out = sum of parts[begin..end) over [start, start + count), by halves. Called on slices, so that
// the partial sums stay in the L1 cache.
template <class T>
void tree_sum(const T* parts, Index stride, Index begin, Index end, Index start, Index count,
              double* out) {
  const T* const a = parts + begin * stride + start;
  if (end - begin == 1) {
    for (Index i = 0; i < count; ++i) out[i] = static_cast<double>(a[i]);
  } else if (end - begin == 2) {
    const T* const b = a + stride;
    for (Index i = 0; i < count; ++i)
      out[i] = static_cast<double>(a[i]) + static_cast<double>(b[i]);
  } else {
    const Index middle = (begin + end + 1) / 2;
    double right[slice];
    tree_sum(parts, stride, begin, middle, start, count, out);
    tree_sum(parts, stride, middle, end, start, count, right);
    for (Index i = 0; i < count; ++i) out[i] += right[i];
  }
}

template <class T>
void sum_chunks(const T* parts, Index stride, Index chunks, Index n, double* out) {
  constexpr Index slices_per_chunk = 32;
  parallel_for((n + slice * slices_per_chunk - 1) / (slice * slices_per_chunk),
               [&](Index chunk, int) {
                 const Index end = std::min(n, (chunk + 1) * slice * slices_per_chunk);
                 for (Index i = chunk * slice * slices_per_chunk; i < end; i += slice)
                   tree_sum(parts, stride, 0, chunks, i, std::min(slice, end - i), out + i);
               });
}

}  // namespace thalweg::mlp_kernel
