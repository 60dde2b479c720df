// Records: each is a schedule and a list of quantities, and becomes one series of the output file.
// Recording is passive: it interpolates inside accepted steps and never changes their sequence.
#pragma once
#include <thalweg/io/result_file.hpp>
#include <thalweg/run/loop.hpp>
#include <thalweg/run/quantities.hpp>
#include <thalweg/run/run_config.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace thalweg {

class Recorder final : public Observer {
 public:
  /// Makes the quantities of all records and events. @throws ConfigError naming the record.
  Recorder(const std::vector<RecordConfig>& records, const std::vector<AnalysisConfig>& analyses,
           const std::vector<EventConfig>& events, RunContext& context, double t_end);

  /// Schemas in the order of the records; events come last, when there are any.
  [[nodiscard]] std::vector<SeriesSchema> schemas() const;
  /// The events with their indicator functions.
  [[nodiscard]] std::vector<Event> events() const;
  /// A quantity that no record has but something else asks for, such as a quality check.
  void need(const std::string& quantity) { make(quantity); }
  /// Its value now.
  double value(const std::string& quantity, Stepper& stepper, double t, In x);

  void attach(RowSink& output) { output_ = &output; }
  /// Rows need only what `needed` says, by the place of the series and the offset in its rows: what
  /// stands behind it in a row and has no memory is NaN. Analyses are taken whole. No number that
  /// is needed changes.
  void compute_only(const std::function<bool(std::size_t series, Index offset)>& needed);
  /// Accumulators begin, and the first rows are taken at the start.
  void start(Stepper& stepper);
  /// A last row of every record where the run ends, unless there is one. A resumed run takes it
  /// back.
  void finish(Stepper& stepper, double t, In x);

  void on_interval(Stepper& stepper, double t_from, double t_to) override;
  void on_event(Stepper& stepper, const Event& event, double t, In x) override;

  /// Last row of the first record: scalars by name.
  [[nodiscard]] std::vector<std::pair<std::string, double>> last_values() const;
  /// The last recorded loss, for progress; NaN when no record has it.
  [[nodiscard]] double last_loss() const { return last_loss_; }

  /// What the accumulators have to say of the whole run.
  [[nodiscard]] std::vector<std::string> verdicts() const;
  /// Wall time of all rows and analyses so far, of this process.
  [[nodiscard]] double seconds() const { return seconds_; }
  /// Whether none of them is a failure.
  [[nodiscard]] bool passed() const;

  void save(Archive& archive) const;
  void load(const Archive& archive, double t_now);

 private:
  struct Record {
    std::string name;
    Schedule when;
    std::vector<const Quantity*> quantities;
    Vec row;
    Index next = 0;          ///< entry of the schedule that comes next
    double last_time = 0.0;  ///< of the newest row
    bool has_row = false;
    double seconds = 0.0;    ///< that the newest row took
    std::size_t needed = 0;  ///< leading quantities that are computed
  };

  const Quantity* make(const std::string& name);
  void take(std::size_t record, Stepper& stepper, double t, In x);

  RunContext& context_;
  Probe probe_;
  std::map<std::string, Quantity> made_;
  std::vector<Record> records_;  // those of analyses last
  std::size_t plain_ = 0;        // records that are none
  std::vector<EventConfig> event_configs_;
  RowSink* output_ = nullptr;
  Vec x_;
  std::vector<bool> due_;  // which records take a row at the end of the interval
  double last_loss_, seconds_ = 0.0;
};

}  // namespace thalweg
