// Batches of samples without replacement: each epoch is a permutation of its own, a function of the
// seed and the number of the epoch alone, so that step n has the same batch in every run.
#pragma once
#include <thalweg/core/types.hpp>

#include <mutex>
#include <vector>

namespace thalweg {

/// Samples that do not fill a last batch sit out the epoch.
class Batches {
 public:
  /// size <= samples
  Batches(Index samples, Index size, Index seed) : samples_(samples), size_(size), seed_(seed) {}
  /// The samples of step n = 0, 1, ...
  void of_step(Index n, std::vector<Index>& batch);

 private:
  Index samples_, size_, seed_, epoch_ = -1;
  std::vector<Index> order_{};
  std::mutex mutex_{};
};

}  // namespace thalweg
