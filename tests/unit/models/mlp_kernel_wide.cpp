// The 64-byte code of the kernel, lowered by the compiler to what every x86-64 has.
#define THALWEG_KERNEL_VECTOR_BYTES 64
#include <thalweg/models/networks/kernel/mlp_kernel_impl.hpp>
#include "../../support/mlp_problem.hpp"

const thalweg::mlp_kernel::Kernels& thalweg::test::kernels_wide() {
  static constexpr Kernels kernels = {"wide",
                                      mlp_kernel::functions<double>(),
                                      mlp_kernel::functions<float>(),
                                      mlp_kernel::linear_functions(),
                                      mlp_kernel::dense_functions(),
                                      mlp_kernel::many_networks_functions(),
                                      mlp_kernel::joint_functions()};
  return kernels;
}
