// Where recorded rows go: to a result file, or to whoever keeps only a few numbers of them.
#pragma once
#include <thalweg/core/types.hpp>

#include <cstddef>
#include <cstdint>

namespace thalweg {

class RowSink {
 public:
  virtual ~RowSink() = default;
  /// One row: the values of all variables of series number `series` in the order of its schema,
  /// row-major; integers as doubles, exact up to 2^53. `step`: accepted steps so far.
  virtual void append(std::size_t series, double t, std::int64_t step, In row) = 0;
  /// What was appended must not wait any longer: the next row takes long.
  virtual void publish() {}
};

}  // namespace thalweg
