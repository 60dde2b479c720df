#include "dispatch.hpp"

#include <thalweg/core/error.hpp>

#include <atomic>
#include <cstdlib>

namespace thalweg::mlp_kernel {
namespace {

const Kernels& find(std::string_view name) {
  std::string known;
  for (const Kernels* kernels : available_kernels()) {
    if (name == kernels->name) return *kernels;
    known += (known.empty() ? "" : ", ") + std::string(kernels->name);
  }
  throw ConfigError("instruction set '" + std::string(name) +
                    "' is not one that this processor has; choose one of " + known);
}

std::atomic<const Kernels*>& active() {
  static std::atomic<const Kernels*> kernels = [] {
    const char* wanted = std::getenv("THALWEG_INSTRUCTION_SET");
    return wanted && *wanted ? &find(wanted) : available_kernels().back();
  }();
  return kernels;
}

}  // namespace

std::vector<const Kernels*> available_kernels() {
  std::vector<const Kernels*> kernels = {&kernels_baseline()};
  if (__builtin_cpu_supports("x86-64-v3")) kernels.push_back(&kernels_v3());
  if (__builtin_cpu_supports("x86-64-v4")) kernels.push_back(&kernels_v4());
  return kernels;
}

const Kernels& active_kernels() { return *active(); }

std::string instruction_set() { return active_kernels().name; }

void set_instruction_set(std::string_view name) { active() = &find(name); }

}  // namespace thalweg::mlp_kernel
