// Loops over several vectors at once, four entries at a time: every entry is read once, and the
// sums of products run side by side, where one after the other would wait for each addition.
#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

/// Entries i to i + W of x.
template <int W>
Eigen::Map<const Eigen::Array<double, W, 1>> lanes(const Vec& x, Index i) {
  return Eigen::Map<const Eigen::Array<double, W, 1>>(x.data() + i);
}
template <int W>
Eigen::Map<Eigen::Array<double, W, 1>> lanes(Vec& x, Index i) {
  return Eigen::Map<Eigen::Array<double, W, 1>>(x.data() + i);
}

/// f.operator()<4>(i) for i = 0, 4, 8, ..., then f.operator()<1>(i) for what remains of n.
template <class F>
void by_lanes(Index n, F&& f) {
  Index i = 0;
  for (; i + 4 <= n; i += 4) f.template operator()<4>(i);
  for (; i < n; ++i) f.template operator()<1>(i);
}

/// A sum of products, kept in four parts.
class LaneSum {
 public:
  template <int W, class A, class B>
  void add(const A& a, const B& b) {
    parts_.template head<W>() += a * b;
  }
  [[nodiscard]] double total() const { return (parts_[0] + parts_[1]) + (parts_[2] + parts_[3]); }

 private:
  Eigen::Array4d parts_ = Eigen::Array4d::Zero();
};

}  // namespace thalweg
