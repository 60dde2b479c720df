#include <thalweg/models/dynamics/batches.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <thalweg/core/rng.hpp>
#include <utility>

namespace thalweg {

void Batches::of_step(Index n, std::vector<Index>& batch) {
  const Index steps = samples_ / size_, epoch = n / steps;
  batch.resize(static_cast<std::size_t>(size_));
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) {
    order_.resize(static_cast<std::size_t>(samples_));
    std::iota(order_.begin(), order_.end(), Index{0});
    Rng rng(static_cast<std::uint64_t>(seed_), "sgd epoch " + std::to_string(epoch));
    for (Index i = samples_ - 1; i > 0; --i)
      std::swap(order_[static_cast<std::size_t>(i)],
                order_[static_cast<std::size_t>(rng.below(i + 1))]);
    epoch_ = epoch;
  }
  std::copy_n(order_.begin() + n % steps * size_, batch.size(), batch.begin());
}

}  // namespace thalweg
