// States along a chain of steps, kept for the way back: all of them, or at most `capacity` beside
// the first, placed while the number of steps is not known yet; what was dropped is computed again.
// With c checkpoints and at most r repetitions of any step a chain of C(c + r, r) steps can be gone
// back. Q. Wang, P. Moin and G. Iaccarino, Minimal repetition dynamic checkpointing algorithm for
// unsteady adjoint calculation, SIAM J. Sci. Comput. 31 (2009) 2549-2567.
#pragma once
#include <thalweg/core/types.hpp>

#include <cstddef>
#include <limits>
#include <vector>

namespace thalweg {

class CheckpointStore {
 public:
  static constexpr Index all = std::numeric_limits<Index>::max();
  /// capacity >= 1: states beside the first one.
  explicit CheckpointStore(Index capacity = all) : capacity_(capacity) {}

  /// State 0.
  void start(In state);
  /// State n, in order after n - 1.
  void put(Index n, In state);
  /// State n, each n at most once and in descending order. `step(i, x)` turns state i into i + 1.
  template <class Step>
  void take(Index n, Vec& x, Step&& step) {
    while (kept_.back().n > n) drop_last();
    Index i = kept_.back().n;
    x = state(kept_.back());
    for (; i < n; ++i) {
      step(i, x);
      put(i + 1, x);
      ++repeated_;
    }
    if (kept_.back().n == n && n > 0) drop_last();
  }
  [[nodiscard]] const Vec& first() const { return state(kept_.front()); }
  /// Steps that `take` computed again since `start`.
  [[nodiscard]] Index repeated() const { return repeated_; }
  /// The largest number of bytes in states since `start`.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  static constexpr int first_level = std::numeric_limits<int>::max();
  struct Kept {
    Index n;
    int level;
    std::size_t place;  // in states_
  };
  [[nodiscard]] const Vec& state(const Kept& k) const { return states_[k.place]; }
  void keep(Index n, int level, In state);
  void drop_last();
  bool drop_dispensable();

  Index capacity_;
  std::vector<Kept> kept_{};  // ascending n
  std::vector<Vec> states_{};
  std::vector<std::size_t> free_{};  // places in states_
  Index repeated_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace thalweg
