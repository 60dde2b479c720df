// Loops over several vectors at once, a few entries at a time: every entry is read once, and the
// sums of products run side by side, where one after the other would wait for each addition.
#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

/// Entries i to i + W of an array. Loops hold the arrays' addresses by value: read through a
/// vector, they would be read again after every store.
template <int W>
Eigen::Map<const Eigen::Array<double, W, 1>> lanes(const double* x, Index i) {
  return Eigen::Map<const Eigen::Array<double, W, 1>>(x + i);
}
template <int W>
Eigen::Map<Eigen::Array<double, W, 1>> lanes(double* x, Index i) {
  return Eigen::Map<Eigen::Array<double, W, 1>>(x + i);
}

/// f.operator()<width>(i) for i = 0, width, ..., then f.operator()<1>(i) for what remains of n.
template <int width, class F>
void by_lanes(Index n, F&& f) {
  Index i = 0;
  for (; i + width <= n; i += width) f.template operator()<width>(i);
  for (; i < n; ++i) f.template operator()<1>(i);
}

/// A sum of products, kept in as many parts as lanes.
template <int width>
class LaneSum {
 public:
  template <int W, class A, class B>
  void add(const A& a, const B& b) {
    parts_.template head<W>() += a * b;
  }
  [[nodiscard]] double total() const { return parts_.sum(); }

 private:
  Eigen::Array<double, width, 1> parts_ = Eigen::Array<double, width, 1>::Zero();
};

}  // namespace thalweg
