// RUN/result.h5: the rows of a run, published so that they survive a kill or a power cut and can be
// read at any moment. A published file is never written again: publishing builds a new file beside
// it, checks it and renames it into place. When that takes long, the new rows go to an immutable
// RUN/checkpoint/part-NNNNNN.h5 of the same schema, and the parts are merged from time to time.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/core/variable.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/io/row_sink.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

/// One cadence of recording: a group of variables that grow together along one time axis. The file
/// gets the coordinate `time_axis`, the integer `step`, the variables and the scalar `n_committed`.
///
/// With `chains` > 0 the rows are draws, and the group follows the schema of ArviZ: arrays of shape
/// (chain, draw, ...) with whole numbers from 0 as coordinates, no time and no step, and the number
/// of rows as the attribute `n_committed` of the group. A row then holds each variable for all
/// chains, chain by chain, before the next variable.
struct SeriesSchema {
  std::string name;
  std::vector<Variable> variables;
  std::string time_axis = "time";  ///< "time" for the first series, "time_<name>" for the others
  std::string group{};             ///< "/series/<name>" when empty; events use "/events"
  std::string comment{};           ///< when rows are taken
  Index chains = 0;                ///< of draws; 0: a series in time
  h5::Attributes attributes{};     ///< of the group, beside the comment
  std::string time_name = "model time";  ///< what the time axis counts: "step", "layer"
};

struct Metadata {
  std::string title, summary;
  std::map<std::string, h5::Value> attributes{};  ///< of the root; equal in every run of a config
  h5::Attributes provenance{};                    ///< of the group /provenance: provenance.hpp
};

struct RunStatus {
  std::string status = "running";                ///< running, complete, stopped, diverged, ...
  std::string reason{};                          ///< one sentence
  double t_reached = 0.0;                        ///< model time
  std::map<std::string, std::int64_t> counts{};  ///< "steps", "rhs_evaluations", ...
};

class RunOutput final : public RowSink {
 public:
  struct Options {
    double publish_seconds = 10.0;         ///< no row waits longer than this
    std::size_t buffer_bytes = 32U << 20;  ///< nor do more bytes than this
    double refresh_share = 0.05;           ///< of the time may go into rebuilding a large result.h5
    double refresh_seconds = 0.25;   ///< rebuilding is not rationed while it takes less than this
    std::string file = "result.h5";  ///< another name for what stands beside a result
  };

  /// Starts RUN/result.h5 in an existing directory and publishes it without rows.
  /// Throws IoError when there is one already, ModelError when a name or shape is unusable.
  static RunOutput create(const std::string& directory, Metadata metadata,
                          std::vector<SeriesSchema> series, const Options& options);
  static RunOutput create(const std::string& directory, Metadata metadata,
                          std::vector<SeriesSchema> series);
  /// Continues after `rows` rows of each series, the numbers kept in the checkpoint. Later rows
  /// that were published already stay until the recomputed ones replace them. Run id, creation date
  /// and history come from the file; the history gains the new command.
  static RunOutput reopen(const std::string& directory, Metadata metadata,
                          std::vector<SeriesSchema> series, const std::vector<Index>& rows,
                          const Options& options);
  static RunOutput reopen(const std::string& directory, Metadata metadata,
                          std::vector<SeriesSchema> series, const std::vector<Index>& rows);

  RunOutput(RunOutput&&) noexcept;
  RunOutput& operator=(RunOutput&&) noexcept;
  ~RunOutput() override;  ///< rows that were not published are dropped

  /// Data that do not grow: initial state, layout. In the file after the next publish; a second put
  /// of the same name replaces the first.
  void put(const std::string& group, const Variable& variable, std::span<const double> values);
  void put(const std::string& group, const Variable& variable, std::span<const std::string> values);
  /// The same in a group of the ArviZ schema, where each axis counts from 0 unless it has values of
  /// its own.
  void put_counted(const std::string& group, const Variable& variable,
                   std::span<const double> values);

  /// Keeps one row in memory: the values of all variables of series number `series` in the order of
  /// the schema, row-major; integers as doubles, exact up to 2^53. `step`: accepted steps so far.
  void append(std::size_t series, double t, std::int64_t step, In row) override;
  /// Rows appended so far, over all resumed commands: goes into the checkpoint.
  [[nodiscard]] std::vector<Index> rows() const;

  /// Whether to publish now: the oldest row would be too old at the next question, or too many
  /// bytes wait. Ask after each step, whether it gave a row or not.
  [[nodiscard]] bool publish_due();
  /// When this returns, all rows survive SIGKILL and power cut. When it throws, all rows are still
  /// in memory, what was published before is untouched, and publish may be called again.
  void publish() override;

  /// Part of the next publish.
  void set_status(RunStatus status);
  /// The last publish: one compact result.h5, parts removed.
  void finish(RunStatus status);

 private:
  class Impl;
  explicit RunOutput(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace thalweg
