// sweep.h5 as a reader sees it: swept axes, what was collected over them, how the members ended.
#pragma once
#include <thalweg/io/h5.hpp>
#include <thalweg/report/figure.hpp>

#include <string>
#include <vector>

namespace thalweg::report {

struct SweepAxis {
  std::string name, long_name, unit;
  Scale scale = Scale::linear;
  std::vector<double> values{};      ///< one per member where the members are points
  std::vector<std::string> texts{};  ///< instead of numbers
  int digits = 3;  ///< of a number in words, so that different ones look different
  [[nodiscard]] std::size_t size() const { return texts.empty() ? values.size() : texts.size(); }
  [[nodiscard]] std::string text(std::size_t i) const;
  /// "0.01 to 3" by size, or "relu, tanh": each text once.
  [[nodiscard]] std::string range() const;
  /// The texts, each once, in the order of their first member.
  [[nodiscard]] std::vector<std::string> different() const;
  [[nodiscard]] std::string label() const;  ///< for an axis of a plot
};

struct SweepVariable {
  std::string name, long_name, unit, comment;
  std::vector<std::string> axes{};  ///< after the swept ones
  h5::Shape shape{};
  [[nodiscard]] std::size_t size() const;  ///< numbers of one member
  [[nodiscard]] std::string label() const;
  /// Rows of a record, not entries of a quantity: the last ones, or all.
  [[nodiscard]] bool tail() const { return !axes.empty() && axes[0].starts_with("last_"); }
  [[nodiscard]] bool series() const {
    return axes.size() == 1 && (axes[0].starts_with("time") || axes[0].starts_with("row_"));
  }
};

class SweepView {
 public:
  /// @throws IoError when it is not such a file
  explicit SweepView(const std::string& path);

  [[nodiscard]] const h5::File& file() const { return file_; }
  [[nodiscard]] std::string text(const std::string& attribute) const;
  /// Whether each axis is a dimension; otherwise each gives a value for each member.
  [[nodiscard]] bool grid() const { return grid_; }
  [[nodiscard]] const std::vector<SweepAxis>& axes() const { return axes_; }
  [[nodiscard]] const std::vector<SweepVariable>& collected() const { return collected_; }
  /// Of a figure: the meaning up to its first comma, or all of it where that says too little.
  [[nodiscard]] std::string title(const SweepVariable& variable) const;
  [[nodiscard]] std::size_t members() const { return outcome_.size(); }
  [[nodiscard]] const std::string& outcome(std::size_t member) const;
  /// Ended badly. One that was stopped by a budget has not.
  [[nodiscard]] bool failed(std::size_t member) const;
  /// The numbers of all members, one after another.
  [[nodiscard]] std::vector<double> read(const SweepVariable& variable) const;
  [[nodiscard]] std::vector<std::string> messages() const;
  /// One index per axis.
  [[nodiscard]] std::vector<std::size_t> indices(std::size_t member) const;
  /// "learning_rate = 0.1, gain = 2"
  [[nodiscard]] std::string words(std::size_t member) const;

 private:
  h5::File file_;
  bool grid_ = true;
  std::vector<SweepAxis> axes_;
  std::vector<SweepVariable> collected_;
  std::vector<std::string> meanings_;
  std::vector<std::int64_t> outcome_;
};

}  // namespace thalweg::report
