// The seam between what drives chains and every method that draws from exp(-U(q)/T): one transition
// of one chain. Outside solvers/samplers only this interface exists. A sampler is made for one
// chain, owns its position and its adaptation, and does no input or output.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalweg {

/// What one transition did, under the names of the ArviZ schema. What a method has no meaning for
/// stays NaN or 0 and is not written: SamplerInfo::statistics says which there are.
struct SampleInfo {
  double lp = 0.0;  ///< -U of the draw, at temperature 1
  double acceptance_rate = std::numeric_limits<double>::quiet_NaN();  ///< mean over the trajectory
  double step_size = 0.0;
  double energy = std::numeric_limits<double>::quiet_NaN();  ///< H of the draw and its momentum
  double energy_error = 0.0;      ///< H of the draw - H at the start of the trajectory
  double max_energy_error = 0.0;  ///< of largest size along the trajectory, with its sign
  double int_time = 0.0;          ///< length of the trajectory in time
  std::int64_t n_steps = 0;       ///< leapfrogs, or steps of the integrator in use
  std::int64_t n_gradients = 0;   ///< gradients, the cost
  std::int64_t tree_depth = 0;
  bool reached_max_treedepth = false;
  bool diverging = false;
  std::int64_t replica = 0;  ///< which walker of a ladder of temperatures gave the draw
};

struct SamplerInfo {
  std::string name;
  std::vector<std::string> statistics{};  ///< of SampleInfo, by name
  bool adjusted = true;                ///< false: stationary only up to an error of the step size
  std::string description{};           ///< metric, integrator and target in one line
  std::string approximation{};         ///< "" or what makes the draws inexact
  std::vector<double> temperatures{};  ///< of replicas that exchange positions, the draws' first
};

/// The inverse mass matrix M^-1, an estimate of the covariance of q.
struct InverseMetric {
  enum class Kind { unit, diagonal, dense };
  Kind kind = Kind::unit;
  Vec diagonal{};  ///< Kind::diagonal
  Mat dense{};     ///< Kind::dense
};

class Sampler {
 public:
  virtual ~Sampler() = default;
  [[nodiscard]] virtual const SamplerInfo& info() const = 0;
  /// Starts at q with `warmup` transitions of adaptation ahead; chooses the first step size unless
  /// it is fixed. @throws SolveError when U or its gradient is not finite at q.
  virtual void start(In q, std::int64_t warmup, Rng& rng) = 0;
  /// One transition. After the last of the warm-up, nothing adapts any more.
  virtual SampleInfo transition(Rng& rng) = 0;
  [[nodiscard]] virtual const Vec& position() const = 0;
  [[nodiscard]] virtual bool warming_up() const = 0;
  /// Where the last transition's trajectory diverged; empty when it did not.
  [[nodiscard]] virtual const Vec& divergence_position() const = 0;
  /// The step size and metric in use; the result of the warm-up once it has ended.
  [[nodiscard]] virtual double step_size() const = 0;
  [[nodiscard]] virtual InverseMetric inverse_metric() const = 0;
  /// Of replicas, since the warm-up: how often each pair of neighbours exchanged positions, of the
  /// times it tried, NaN before the first; and how often a walker came back from the hottest.
  [[nodiscard]] virtual Vec swap_rates() const { return {}; }
  [[nodiscard]] virtual std::int64_t round_trips() const { return 0; }
  /// Takes over a step size and a metric from an earlier run, before start().
  virtual void set_tuning(double step_size, const InverseMetric& metric) = 0;
  /// Position, adaptation and counters: a loaded sampler goes on to the same bits.
  virtual void save(Archive& archive, const std::string& prefix) const = 0;
  virtual void load(const Archive& archive, const std::string& prefix) = 0;
};

/// What the registry of samplers makes: a function from a potential to the sampler of one chain.
/// `temperature` T: the draws are from exp(-U/T).
using SamplerFactory =
    std::function<std::unique_ptr<Sampler>(const AnyPotential&, double temperature)>;

}  // namespace thalweg
