// The seam between the time loop and every method that advances a state: one try of one step.
// Outside solvers/ only this interface exists. A stepper is made for one motion, owns its time and
// state, and keeps what it needs to interpolate inside the last accepted step.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/counts.hpp>
#include <thalweg/core/system.hpp>
#include <thalweg/core/types.hpp>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

/// Whether a run that is interrupted and resumed gives the same bits.
enum class Restart { bitwise, statistical };

struct StepperInfo {
  std::string name;
  int order = 0;  ///< of accuracy; 0 for a map, which is exact
  bool adaptive = false;
  double rtol = 0.0;      ///< relative tolerance of an adaptive method
  bool discrete = false;  ///< a map: between iterates there is nothing to interpolate
  Restart restart = Restart::bitwise;
  std::string description{};  ///< tolerances, norm and controller in one line, for log and file
};

/// What one try did.
struct StepReport {
  bool accepted = false;
  double dt_used = 0.0;  ///< step of this try
  double error = 0.0;    ///< scaled error estimate, <= 1 when accepted; NaN when there is none
  bool finite = true;    ///< false: the trial state or its error was not finite
  bool stability_limited = false;  ///< the step is held down by stability, not by accuracy
};

class Stepper {
 public:
  virtual ~Stepper() = default;
  [[nodiscard]] virtual const StepperInfo& info() const = 0;
  /// Start at (t, x), forgetting everything cached; also after any change of the state from
  /// outside. The first step size is chosen here unless the configuration fixes it.
  virtual void reset(double t, In x) = 0;
  /// One try that never passes t_end and lands on it exactly. On acceptance time() and state() have
  /// moved; on rejection only the next step size has. @throws SolveError when no step can succeed.
  virtual StepReport step(double t_end) = 0;
  [[nodiscard]] virtual double time() const = 0;
  [[nodiscard]] virtual const Vec& state() const = 0;
  /// Where the last accepted step began.
  [[nodiscard]] virtual double previous_time() const = 0;
  /// Size of the next try.
  [[nodiscard]] virtual double next_step_size() const = 0;
  /// State at previous_time() <= t <= time(), to the order of the method. Passive: later steps do
  /// not notice it. Equals state() exactly at t = time().
  virtual void interpolate(double t, Out x) = 0;
  /// One step more or less of wall time does not change what these two carry.
  virtual void save(Archive& archive, const std::string& prefix) const = 0;
  virtual void load(const Archive& archive, const std::string& prefix) = 0;
  /// A remark worth telling once, such as "switched to rkc2 at t = 3.1: ..."; empty when none.
  virtual std::string take_notice() { return {}; }
  /// Name of the method in use now (an automatic solver changes it).
  [[nodiscard]] virtual std::string method() const { return info().name; }
  /// Method-specific numbers by name (stages, spectral radius, switches), for the run's totals.
  [[nodiscard]] virtual std::vector<std::pair<std::string, double>> statistics() const {
    return {};
  }
};

/// What the registry of solvers makes: a function from a motion to a stepper. `tolerance_factor`
/// multiplies rtol and atol (a fixed step is divided by 10 for 0.1): a second integration with a
/// tighter one estimates the global error.
using SolverFactory =
    std::function<std::unique_ptr<Stepper>(const AnySystem&, double tolerance_factor)>;

}  // namespace thalweg
