// A result file as a reader sees it: which series there are, how many rows are complete, what each
// variable means. Numbers are read when they are asked for, one column at a time.
#pragma once
#include <thalweg/io/h5.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg::report {

struct RunVariable {
  std::string name, long_name, unit, comment;
  bool approximate = false;
  bool integer = false;
  std::vector<std::string> axes{};  ///< after the growing one
  h5::Shape shape{};                ///< of one row
  std::vector<std::string> flag_meanings{};

  [[nodiscard]] Index size() const;
  [[nodiscard]] bool is_scalar() const { return shape.empty(); }
  /// "loss L", "time lag [s]": for an axis of a plot.
  [[nodiscard]] std::string label() const;
};

struct Record {
  std::string name, group, time_axis, comment;
  Index rows = 0;
  std::vector<RunVariable> variables{};

  [[nodiscard]] const RunVariable* find(const std::string& variable) const;
};

class RunFile {
 public:
  /// `run`: the directory of a run or its result file. Throws IoError when it holds no result.
  explicit RunFile(const std::string& run);

  [[nodiscard]] const std::string& path() const { return file_.path(); }
  [[nodiscard]] const h5::File& file() const { return file_; }
  [[nodiscard]] const h5::Attributes& attributes() const { return attributes_; }
  [[nodiscard]] const h5::Attributes& provenance() const { return provenance_; }
  [[nodiscard]] const std::vector<Record>& records() const { return records_; }
  [[nodiscard]] const std::optional<Record>& events() const { return events_; }

  /// A root attribute as text, "" when there is none.
  [[nodiscard]] std::string text(const std::string& attribute) const;
  /// A root attribute that is a real number.
  [[nodiscard]] std::optional<double> attribute_number(const std::string& attribute) const;
  [[nodiscard]] std::string provenance_text(const std::string& attribute) const;
  /// The integers among the root's attributes: steps and calls.
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> counts() const;

  /// One number per complete row; `entry`: position in the flattened row.
  [[nodiscard]] std::vector<double> column(const Record& record, const std::string& dataset,
                                           Index entry = 0) const;
  /// The last complete row, empty when there is none.
  [[nodiscard]] std::vector<double> last_row(const Record& record,
                                             const RunVariable& variable) const;
  /// A name for each entry of a one-dimensional row: from the coordinate, from /layout for an entry
  /// of the state, else its number.
  [[nodiscard]] std::vector<std::string> entry_names(const Record& record,
                                                     const RunVariable& variable) const;

 private:
  [[nodiscard]] std::optional<Record> read_record(const std::string& group,
                                                  const std::string& name) const;

  h5::File file_;
  h5::Attributes attributes_, provenance_;
  std::vector<Record> records_;
  std::optional<Record> events_;
};

/// What the time of a record counts: "model time", "step", "layer", "depth".
std::string time_name(const RunFile& file, const Record& record);
/// Of the first record; of exponents "step" where steps were counted.
std::string time_name(const RunFile& file);
/// The same with its letter, for an axis: "model time t", "step n".
std::string time_label(const RunFile& file, const Record& record);

/// "3.25", "-4", "a, b".
std::string to_text(const h5::Value& value);
/// Six significant digits.
std::string to_text(double value);

}  // namespace thalweg::report
