// Analyses of the states that a finished run has stored: RUN/analysis/<name>.h5 for each, with a
// time axis of its own. The run's result is only read.
#pragma once
#include <thalweg/core/types.hpp>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

namespace thalweg {

struct AnalyzeProgress {
  std::string analysis;
  Index state = 0, states = 0;  ///< under way, of how many
  Index products = 0;           ///< Hessian products of this state so far
};

struct AnalyzeRequest {
  std::string directory;                 ///< RUN
  std::string what{};                    ///< a name, or the beginning of names; empty: all analyses
  std::vector<std::string> set{};        ///< "largest=6": for each analysis that has the field
  std::string name{};                    ///< of the results; empty: the analysis' own name
  Index every = 1;                       ///< every n-th state, and the last
  bool force = false;                    ///< replace earlier results of the same analyses
  std::vector<std::string> arguments{};  ///< argv, for the provenance
  const volatile std::sig_atomic_t* stop_signal = nullptr;
  std::function<void(const AnalyzeProgress&)> on_progress{};  ///< after each product
  std::function<void(const std::string&)> on_notice{};        ///< something worth telling
};

struct AnalyzeSummary {
  struct Result {
    std::string name, file;
    Index states = 0, rows = 0;           ///< to analyse, done
    Index earlier = 0;                    ///< rows of them that an interrupted command had done
    Index products = 0;                   ///< Hessian products
    Index sought = 0, unconverged = 0;    ///< eigenpairs
    Index failed = 0;                     ///< rows without numbers
    std::string failure{};                ///< of the first of them
    std::vector<std::string> verdicts{};  ///< of an analysis that checks something
    bool passed = true;                   ///< none of them is a failure
    double seconds = 0.0;
  };
  std::vector<Result> results{};
  bool interrupted = false;
  std::vector<std::string> warnings{};
  /// 0, 3 when a matrix was not finite, 4 when pairs did not converge or, if `strict`, a verdict is
  /// a failure, 128 + signal.
  [[nodiscard]] int exit_code(int signal = 0, bool strict = false) const;
};

/// The analyses that `what` stands for. @throws ConfigError with the nearest name.
std::vector<std::string> analysis_names(const std::string& what);

/// An analysis that was interrupted goes on to the same bits when it is asked for again with the
/// same options.
/// @throws ConfigError when the run is not finished, an analysis is unknown or cannot be had of
/// this model, or when the data have changed since the run; IoError when a result is there already
/// and `force` is not given.
AnalyzeSummary analyze(const AnalyzeRequest& request);

}  // namespace thalweg
