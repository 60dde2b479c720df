// What can be recorded: quantities that every run has, by name, with units and meaning. The
// observables of the model in use stand beside them under their own names.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/registry.hpp>
#include <thalweg/core/variable.hpp>
#include <thalweg/run/companion.hpp>
#include <thalweg/run/loop.hpp>
#include <thalweg/run/probe.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace thalweg {

/// What a quantity may look at, besides the point itself.
struct RunContext {
  const Motion& motion;
  Stepper& stepper;
  const StepCounts& steps;
  Vec x0;  ///< where the run starts
  double t0 = 0.0;
  std::vector<std::unique_ptr<Companion>>& companions;
  std::string time_unit = "time";  ///< what time counts: time_meaning.hpp
  /// Told of the Hessian products that an analysis has just taken; it may throw to end the row.
  std::function<void(Index)> on_products{};
};

/// Something that must be carried along every step, such as an integral.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void start(double t, In x) = 0;
  virtual void on_step(Stepper& stepper, double t_from, double t_to) = 0;
  virtual void save(Archive& archive) const = 0;
  virtual void load(const Archive& archive) = 0;
  /// What is to be said at the end of a run, one sentence each.
  [[nodiscard]] virtual std::vector<std::string> verdicts() const { return {}; }
  /// Whether none of them is a failure.
  [[nodiscard]] virtual bool passed() const { return true; }
};

struct Quantity {
  Variable variable;
  /// out has variable.size() entries, row-major.
  std::function<void(Probe&, Stepper&, Out out)> compute;
  std::shared_ptr<Accumulator> accumulator{};
  Companion* companion = nullptr;  ///< whom it looks at
};

/// A description for `list` and `describe`, and a maker that throws a ModelError saying what is
/// missing when this run cannot offer the quantity.
struct QuantityEntry {
  std::string name, unit;
  Doc doc;
  std::function<Quantity(RunContext&)> make;
};

/// All quantities that do not depend on the model.
const std::vector<QuantityEntry>& quantities();

/// Finds `name` among the general quantities, the model's observables and those of companions
/// ("distance_descent", "loss_descent"). @throws ConfigError with the nearest name.
Quantity make_quantity(const std::string& name, RunContext& context);

/// The names that make_quantity accepts for this run and that it can offer.
std::vector<std::string> quantity_names(RunContext& context);

}  // namespace thalweg
