// Which instruction set the kernel runs with. Results differ in rounding between the sets, so a run
// records the name in its provenance.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "mlp_kernel.hpp"

namespace thalweg::mlp_kernel {

/// The kernels in use: the widest set this processor has, unless THALWEG_INSTRUCTION_SET in the
/// environment or `set_instruction_set` names another one.
[[nodiscard]] const Kernels& active_kernels();

/// "x86-64", "x86-64-v3" or "x86-64-v4".
[[nodiscard]] std::string instruction_set();

/// Evaluators made from now on use this set. ConfigError for a name that is unknown or a set that
/// this processor does not have.
void set_instruction_set(std::string_view name);

/// The sets of this processor, the narrowest first.
[[nodiscard]] std::vector<const Kernels*> available_kernels();

}  // namespace thalweg::mlp_kernel
