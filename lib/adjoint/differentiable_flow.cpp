#include <thalweg/adjoint/differentiable_flow.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace thalweg {

void check_depths(double start, const std::vector<double>& outputs) {
  if (outputs.empty() || outputs.front() < start || !std::ranges::is_sorted(outputs) ||
      !(outputs.back() > start))
    throw ModelError(
        fmt::format("output depths must ascend from the start at {} and end beyond it", start));
}

}  // namespace thalweg
