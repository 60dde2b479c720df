// A sweep: many runs of one configuration with some keys varied, in threads, with one file of what
// they gave. Each member is known by what its numbers follow from; finished ones are kept in
// checkpoint/members.journal and never run again.
#pragma once
#include <thalweg/config/config.hpp>
#include <thalweg/core/types.hpp>

#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace thalweg {

struct SweepRequest {
  std::string file;                      ///< the sweep file, whose folder a relative base stands in
  std::vector<std::string> set{};        ///< "axis[0].count=5": keys of the sweep file
  std::string directory{};               ///< of the results
  bool force = false;                    ///< forget finished members
  bool retry_failed = false;             ///< run failed members anew
  std::vector<std::string> arguments{};  ///< argv, for the provenance
  const volatile std::sig_atomic_t* stop_signal = nullptr;
  std::function<void(double fraction, const std::string& words)> on_progress{};
  std::function<void(const std::string& directory)> on_begin{};
  std::function<void(const std::string&)> on_notice{};
};

struct SweepSummary {
  std::string directory, file;  ///< sweep.h5
  bool report = false;          ///< whether there is a report.html
  std::string status = "complete", reason;
  Index members = 0;
  Index found = 0;                       ///< finished before
  Index ran = 0;                         ///< members finished now
  std::map<std::string, Index> ends{};   ///< by name of outcome, of all members
  std::vector<std::string> failures{};   ///< the first few, one sentence each
  std::vector<std::string> collected{};  ///< names in the file
  std::vector<std::string> warnings{};
  double seconds = 0.0;
  /// 0, 3 (stopped by a failure), 6, or 130/143.
  [[nodiscard]] int exit_code(int signal = 0) const;
};

/// Checks every member before the first one runs, then runs what is missing.
/// @throws ConfigError, ModelError, IoError
SweepSummary run_sweep(const SweepRequest& request);

struct CheckedSweep {
  struct Member {
    std::string words, id, end;  ///< end: "not_run" or how it went before
  };
  std::vector<Member> members{};
  std::vector<std::string> axes{};       ///< "learning_rate: 12 values, 0.1 to 2.0 (log)"
  std::vector<std::string> collected{};  ///< "loss_minimum: minimum of loss in \"curves\""
  std::vector<std::string> remarks{};    ///< size, cost
};

/// What the sweep would do, without running; every member is checked.
CheckedSweep check_sweep(const SweepRequest& request);

/// Whether a configuration is that of a sweep.
bool is_sweep(const Config& config);

/// Whether a directory is that of a sweep, be it that it was killed before its first file.
bool is_sweep_directory(const std::string& directory);

}  // namespace thalweg
