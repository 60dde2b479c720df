// From a configuration to a finished run: the parts are made, checked against each other and
// driven by the loop; rows, checkpoints and the final state go to the run's directory.
#pragma once
#include <thalweg/core/outcome.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/run/loop.hpp>

#include <array>
#include <csignal>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

class Config;  // lib/config

/// Everything the command line knows beyond the configuration.
struct RunRequest {
  std::string directory;                 ///< RUN, made when it does not exist
  bool force = false;                    ///< replace an existing run
  std::vector<std::string> arguments{};  ///< argv, for the provenance
  const volatile std::sig_atomic_t* stop_signal = nullptr;
  std::function<void(const Progress&, double loss)>
      on_progress{};  ///< a few times a second at most
  /// The same while samples are drawn: how much of it is done, and where it stands.
  std::function<void(double fraction, const std::string& words)> on_sampling{};
  std::function<void(const std::string&)> on_begin{};   ///< the directory, once it is there
  std::function<void(const std::string&)> on_notice{};  ///< something worth telling
};

/// What a run that drew samples adds to its summary.
struct SamplingSummary {
  Index chains = 0, warmup = 0, draws = 0;  ///< warm-up and draws made, of each chain
  double temperature = 1.0;
  std::int64_t divergences = 0;
  std::vector<double> step_size{}, acceptance{};  ///< per chain
  /// Of replicas at a ladder of temperatures: swaps of each pair of neighbours over all chains.
  std::vector<double> temperatures{}, swap_rates{};
  std::int64_t round_trips = 0;
};

/// What a run that estimated numbers adds: each by its name in the file.
struct EstimateSummary {
  struct Number {
    std::string name, long_name;
    double value = 0.0;
    std::optional<double> standard_error{};
    std::string unit{};  ///< empty for a number without
  };
  std::vector<Number> numbers{};
};

/// What a run over a plane adds: /zoom and /boundary of its file.
struct PlaneSummary {
  struct Level {
    std::array<double, 2> centre{}, width{};
    Index boundary_cells = 0;
    double positive_share = 0.0;
    double dimension = 0.0;  ///< NaN without a boundary
  };
  struct Scale {
    std::array<double, 2> side{};                   ///< of a box
    double boxes = 0.0, boxes_error = 0.0;          ///< of the whole window that the boundary meets
    double dimension = 0.0, dimension_error = 0.0;  ///< from the scale before to this one
  };
  std::vector<Scale> scales{};  ///< that are finished; empty when none were asked for
  double whole_dimension = std::numeric_limits<double>::quiet_NaN();
  double whole_dimension_error = std::numeric_limits<double>::quiet_NaN();
  std::vector<Level> levels{};                                         ///< that are finished
  double dimension = 0.0, lower_quartile = 0.0, upper_quartile = 0.0;  ///< of `slopes` slopes
  Index slopes = 0, resolution = 0;
  std::int64_t work = 0;
  std::string work_unit{};
};

struct RunSummary {
  Outcome outcome = Outcome::complete;
  std::string message;
  bool quality_met = true;
  std::vector<std::string> quality_messages{};  ///< one sentence per requested quality
  std::vector<std::string> verdicts{};          ///< of analyses that check something
  std::vector<std::string> notices{};  ///< what the solver did of its own, such as a switch
  std::vector<std::string> warnings{};
  std::string directory;
  std::string solver{};                  ///< method, tolerances, norm and controller in one line
  std::string time_name = "model time";  ///< what t counts: "step", "layer"
  double t = 0.0, seconds = 0.0;
  double seconds_of_rows = 0.0;  ///< the share of `seconds` that records and analyses took
  StepCounts steps{};
  CallCounts calls{};
  std::optional<SamplingSummary> sampling{};                   ///< of a run that drew samples
  std::optional<EstimateSummary> evidence{};                   ///< of a run for the evidence
  std::optional<EstimateSummary> lyapunov{};                   ///< of a run for exponents
  std::optional<PlaneSummary> plane{};                         ///< of a run over a plane
  std::vector<std::pair<std::string, double>> final_values{};  ///< last row of the first record
  std::vector<std::pair<std::string, Index>> rows{};           ///< per series
  /// 0, 3, 4, 6 or 130/143 by outcome, quality and signal.
  [[nodiscard]] int exit_code(int signal = 0) const;
};

/// What `check` found.
struct CheckedRun {
  std::string resolved;                ///< the complete configuration as TOML
  std::vector<std::string> remarks{};  ///< what the run will need, one sentence each
  /// Numbers of its file: those of the end first, as series without a time axis (results.hpp), then
  /// what grows. Not of a motion, whose records say it.
  std::vector<SeriesSchema> results{};
  std::string identity{};  ///< what they follow from beside `resolved`
};

/// Reads the configuration completely and builds every part without running: throws ConfigError or
/// ModelError on anything that `run` would refuse.
CheckedRun check(const Config& config);

RunSummary run(const Config& config, const RunRequest& request);

/// Continues the run in request.directory from its checkpoint. `overrides` ("time.end=200") may
/// change time.end, time.steps, draws.count, limits.* and output.*; anything else is refused by
/// name.
RunSummary resume(const std::vector<std::string>& overrides, const RunRequest& request);

}  // namespace thalweg
