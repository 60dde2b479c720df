// The kernel for x86-64, built with -march=x86-64 (kernel_sources.cmake).
#define THALWEG_KERNEL_VECTOR_BYTES 16
#include "mlp_kernel_impl.hpp"

namespace thalweg::mlp_kernel {

const Kernels& kernels_baseline() {
  static constexpr Kernels kernels = {
      "x86-64",          functions<double>(),       functions<float>(), linear_functions(),
      dense_functions(), many_networks_functions(), joint_functions()};
  return kernels;
}

}  // namespace thalweg::mlp_kernel
