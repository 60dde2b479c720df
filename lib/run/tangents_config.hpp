// The table [tangents]: a run carries tangent vectors along with its motion, as a part of its
// state.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>
#include <thalweg/core/rng.hpp>

#include <string>

namespace thalweg {

struct TangentsConfig {
  Index count = 1;  ///< 0: all
  bool volume = false;
  std::string frame = "unit", derivatives = "exact";

  void fields(Fields& f);
  [[nodiscard]] bool by_differences() const { return derivatives == "differences"; }
  /// `motion` with its tangent vectors. @throws ModelError when it has no derivatives or fewer
  /// unknowns than `count`.
  [[nodiscard]] Motion operator()(const Motion& motion) const;
  /// The start of such a motion at x, a state of the plain one.
  [[nodiscard]] Vec start(In x, std::uint64_t seed) const;
};

}  // namespace thalweg
