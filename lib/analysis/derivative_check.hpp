// Everything that a model promises, measured: derivatives against differences with a stated error,
// symmetry of the Hessian, batches against the whole, closed forms against their equation, layout,
// purity. What `thalweg check-model` prints; useful in a user's own tests.
#pragma once
#include <thalweg/core/model.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace thalweg {

enum class Verdict { passed, failed, not_offered };

struct CheckRow {
  std::string what;        ///< "gradient against differences"
  double number = 0.0;     ///< the measured error, relative to a size named in `reason`
  double tolerance = 0.0;  ///< passes when number <= tolerance
  Verdict verdict = Verdict::passed;
  std::string reason{};  ///< where the tolerance comes from, what failed, or what to add
};

struct CheckOptions {
  std::uint64_t seed = 0;          ///< of the points and directions
  Index points = 3;                ///< the model's own start and random points around it
  Index directions = 3;            ///< random directions at each point
  double unit_roundoff = 2.3e-16;  ///< of the model's arithmetic: 6e-8 when it computes in float
};

struct ModelCheck {
  std::string kind;  ///< "potential", "system" or "map"
  std::vector<CheckRow> rows;
  /// No row failed.
  [[nodiscard]] bool passed() const;
};

/// Never throws for what the model does wrong: an exception of the model is a failed row.
[[nodiscard]] ModelCheck check_model(const AnyModel& model, const CheckOptions& options = {});
[[nodiscard]] ModelCheck check_model(const AnyPotential& potential,
                                     const CheckOptions& options = {});
[[nodiscard]] ModelCheck check_model(const AnySystem& system, const CheckOptions& options = {});
[[nodiscard]] ModelCheck check_model(const AnyMap& map, const CheckOptions& options = {});
[[nodiscard]] ModelCheck check_model(const Motion& motion, const CheckOptions& options = {});

}  // namespace thalweg
