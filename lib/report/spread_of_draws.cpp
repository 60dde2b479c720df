#include <thalweg/report/spread_of_draws.hpp>

#include <cstdint>
#include <limits>
#include <thalweg/statistics/ranks.hpp>

namespace thalweg::report {

Spread spread_of(const DrawsFile& file, const DrawsVariable& variable) {
  Spread out;
  Mat draws;
  SortedDraws sorted;
  file.for_blocks(variable, 64U << 20, [&](const DrawsBlock& block) {
    for (Index k = 0; k < block.count; ++k) {
      block.column(k, draws);
      if (!draws.allFinite()) {
        for (auto* side : {&out.mean, &out.low, &out.high})
          side->push_back(std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      sorted.sort({draws.data(), static_cast<std::size_t>(draws.size())});
      out.mean.push_back(draws.mean());
      out.low.push_back(sorted.quantile(0.05));
      out.high.push_back(sorted.quantile(0.95));
    }
  });
  return out;
}

}  // namespace thalweg::report
