// The kernel for x86-64-v3, built with -march=x86-64-v3 (kernel_sources.cmake).
#define THALWEG_KERNEL_VECTOR_BYTES 32
#include "mlp_kernel_impl.hpp"

namespace thalweg::mlp_kernel {

const Kernels& kernels_v3() {
  static constexpr Kernels kernels = {
      "x86-64-v3",       functions<double>(),       functions<float>(), linear_functions(),
      dense_functions(), many_networks_functions(), joint_functions()};
  return kernels;
}

}  // namespace thalweg::mlp_kernel
