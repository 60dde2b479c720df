// The loops for x86-64-v4, built with -march=x86-64-v4 (kernel_sources.cmake).
#include "wave_kernel_impl.hpp"

namespace thalweg::wave_kernel {

const Kernels& kernels_v4() {
  static constexpr Kernels kernels = kernels_named("x86-64-v4");
  return kernels;
}

}  // namespace thalweg::wave_kernel
