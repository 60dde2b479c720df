// Data sets that are one motion seen at many times: X holds the times, Y the states, in order.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/models/datasets/dataset.hpp>

namespace thalweg {

/// x' = A x^3 (entry by entry), A = ((-decay, turn), (-turn, -decay)), from x(0) = (start, 0).
struct CubicSpiral {
  Index samples = 1000, seed = 0;
  double decay = 0.1, turn = 2.0, start = 2.0, duration = 25.0, noise = 0.0;

  static Doc doc();
  void fields(Fields& f);
  explicit operator Dataset() const;
};

}  // namespace thalweg
