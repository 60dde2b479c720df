// The kernel for x86-64-v4, built with -march=x86-64-v4 (kernel_sources.cmake).
#define THALWEG_KERNEL_VECTOR_BYTES 64
#include "mlp_kernel_impl.hpp"

namespace thalweg::mlp_kernel {

const Kernels& kernels_v4() {
  static constexpr Kernels kernels = {
      "x86-64-v4",       functions<double>(),       functions<float>(), linear_functions(),
      dense_functions(), many_networks_functions(), joint_functions()};
  return kernels;
}

}  // namespace thalweg::mlp_kernel
