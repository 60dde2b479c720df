// How much work was done, counted where it is done. Relaxed atomics: only totals matter.
#pragma once
#include <atomic>
#include <cstdint>

namespace thalweg {

/// A copyable snapshot of the calls made through one handle.
struct CallCounts {
  std::int64_t rhs = 0;               ///< right-hand sides of an ODE, or applications of a map
  std::int64_t jvp = 0;               ///< Jacobian-vector products of a system or map
  std::int64_t values = 0;            ///< values of a potential alone
  std::int64_t gradients = 0;         ///< gradients (with or without the value)
  std::int64_t hessian_products = 0;  ///< Hessian-vector products, one per vector
};

class Counter {
 public:
  void add(std::int64_t n = 1) { n_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t get() const { return n_.load(std::memory_order_relaxed); }
  void set(std::int64_t n) { n_.store(n, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> n_{0};
};

}  // namespace thalweg
