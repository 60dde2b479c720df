#include <thalweg/adjoint/checkpoint_store.hpp>

#include <algorithm>

namespace thalweg {

void CheckpointStore::start(In state) {
  for (const auto& k : kept_) free_.push_back(k.place);
  kept_.clear();
  repeated_ = 0;
  bytes_ = 0;
  keep(0, first_level, state);
}

void CheckpointStore::put(Index n, In state) {
  if (static_cast<Index>(kept_.size()) <= capacity_ || drop_dispensable()) {
    keep(n, 0, state);
    return;
  }
  // No other can go: the one before moves here, one level up.
  const int level = kept_.back().level + 1;
  drop_last();
  keep(n, level, state);
}

void CheckpointStore::keep(Index n, int level, In state) {
  if (free_.empty()) {
    free_.push_back(states_.size());
    states_.emplace_back();
  }
  const std::size_t place = free_.back();
  free_.pop_back();
  states_[place] = state;
  kept_.push_back({n, level, place});
  bytes_ = std::max(bytes_, kept_.size() * sizeof(double) * static_cast<std::size_t>(state.size()));
}

void CheckpointStore::drop_last() {
  free_.push_back(kept_.back().place);
  kept_.pop_back();
}

// One that a later checkpoint of a higher level makes dispensable: the latest of them.
bool CheckpointStore::drop_dispensable() {
  int highest = kept_.back().level;
  for (auto i = kept_.size() - 1; i-- > 1;) {
    if (kept_[i].level < highest) {
      free_.push_back(kept_[i].place);
      kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    highest = std::max(highest, kept_[i].level);
  }
  return false;
}

}  // namespace thalweg
