// The loops for x86-64-v3, built with -march=x86-64-v3 (kernel_sources.cmake).
#include "wave_kernel_impl.hpp"

namespace thalweg::wave_kernel {

const Kernels& kernels_v3() {
  static constexpr Kernels kernels = kernels_named("x86-64-v3");
  return kernels;
}

}  // namespace thalweg::wave_kernel
