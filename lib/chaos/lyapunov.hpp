// Lyapunov exponents along one trajectory: how fast small differences grow on average.
//   G. Benettin, L. Galgani, A. Giorgilli and J.-M. Strelcyn, Lyapunov characteristic exponents for
//   smooth dynamical systems and for Hamiltonian systems, Meccanica 15 (1980) 9-30.
#pragma once
#include <thalweg/chaos/block_averages.hpp>
#include <thalweg/core/archive.hpp>
#include <thalweg/core/model.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/stepper.hpp>

#include <memory>
#include <string>

namespace thalweg {

enum class LyapunovMethod {
  tangent,           ///< k tangent vectors, orthonormalised after every interval
  two_trajectories,  ///< a neighbour, brought back to `separation` after every interval
  textbook,  ///< a neighbour that is never brought back: ln(d(t) / d(0)) / t, which saturates
             ///< once d has the size of the attractor
};

/// Times are model time of a flow, steps of a map.
struct LyapunovOptions {
  LyapunovMethod method = LyapunovMethod::tangent;
  Index exponents = 1;       ///< k; 1 unless tangent
  double start = 0.0;        ///< model time of a flow, or step of a map, where the orbit begins
  double interval = 1.0;     ///< between two orthonormalisations
  double transient = 0.0;    ///< the frame turns, but nothing is counted
  double separation = 1e-8;  ///< of two trajectories, relative to 1 + |x|
  double escape = 1e6;       ///< an orbit beyond this maximum norm has escaped
};

/// How a trajectory stands. Only `running` gives numbers.
enum class OrbitOutcome {
  running,
  superstable,  ///< a tangent vector became zero, up to rounding: the exponent is minus infinity
  escaped,      ///< beyond options.escape, or infinite
  not_finite,   ///< NaN, or the solver gave up
};
[[nodiscard]] const char* name(OrbitOutcome outcome);

class LyapunovTrajectory {
 public:
  /// `solver` makes the stepper of a flow and is not needed for a map. All exponents together
  /// (k = dim) also give the rate of volumes, for the sum rule.
  /// @throws ModelError as tangent_motion, ConfigError when options do not fit the motion.
  LyapunovTrajectory(const Motion& motion, const SolverFactory& solver,
                     const LyapunovOptions& options, In x0, Rng rng);

  /// Goes on by one interval. False when the outcome no longer is `running`.
  bool advance();

  [[nodiscard]] OrbitOutcome outcome() const { return outcome_; }
  /// Of a solver that gave up.
  [[nodiscard]] const std::string& message() const { return message_; }
  /// Model time or steps since the start, the transient included; counted since the transient.
  [[nodiscard]] double time() const { return static_cast<double>(intervals_) * options_.interval; }
  [[nodiscard]] Index intervals() const { return intervals_; }
  [[nodiscard]] double counted() const { return averages_.time(); }
  [[nodiscard]] const Vec& state() const { return state_; }  ///< x, then what goes with it
  [[nodiscard]] const BlockAverages& averages() const { return averages_; }
  /// Exponents so far, in the order of the frame: descending but for their errors.
  [[nodiscard]] Vec exponents() const { return averages_.mean(); }
  /// Mean of tr J, or of ln |det DF|: what all exponents add up to. NaN unless k = dim.
  [[nodiscard]] double volume_rate() const;

  void save(Archive& archive, const std::string& prefix) const;
  void load(const Archive& archive, const std::string& prefix);

 private:
  void separate(In direction);
  bool move();
  void count();

  LyapunovOptions options_;
  Index n_, k_;
  bool volume_;
  Motion motion_;  // what is driven: with tangents, or two copies
  std::unique_ptr<Stepper> stepper_;
  Vec state_, next_, growth_;
  Index intervals_ = 0;
  double volume_start_ = 0.0, first_distance_ = 0.0;
  BlockAverages averages_;
  OrbitOutcome outcome_ = OrbitOutcome::running;
  std::string message_;
};

}  // namespace thalweg
