// The members of a sweep: which keys take which values, and the configuration that each member is.
#pragma once
#include <thalweg/config/config.hpp>
#include <thalweg/sweep/sweep_config.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace thalweg {

/// A key and its values: given ones, or numbers that were computed.
struct SweptAxis {
  std::string key;
  std::vector<std::string> also{};
  std::string name;  ///< in the file
  bool named = false;
  std::string long_name{}, unit{};  ///< empty: as the key says
  bool log = false;
  std::string where{};                       ///< for what is said about computed values
  std::vector<std::optional<Node>> given{};  ///< nothing: the base's own value
  std::vector<double> numbers{};
  bool whole = false;  ///< the numbers are integers
  std::vector<std::string> labels{};

  [[nodiscard]] Index size() const;
  [[nodiscard]] std::optional<Node> value(Index i) const;
  /// The value as TOML text, "" for the base's own.
  [[nodiscard]] std::string text(Index i) const;
  /// All values are numbers.
  [[nodiscard]] bool numeric() const;
  /// NaN for the base's own value.
  [[nodiscard]] double number(Index i) const;
};

class SweepPlan {
 public:
  /// `folder`: what a relative path of the base starts from. @throws ConfigError, IoError
  SweepPlan(const SweepConfig& config, const std::filesystem::path& folder);

  [[nodiscard]] const std::vector<SweptAxis>& axes() const { return axes_; }
  [[nodiscard]] std::vector<SweptAxis>& axes() { return axes_; }
  /// Whether each axis is a dimension; otherwise all lie along one, "point".
  [[nodiscard]] bool grid() const { return grid_; }
  [[nodiscard]] Index members() const;
  /// Of member i in the file: one index for each axis. The last axis varies fastest.
  [[nodiscard]] std::vector<Index> indices(Index member) const;
  [[nodiscard]] Config config(Index member) const;
  /// What is known of a collected quantity: for each member its values, as far as there are any.
  [[nodiscard]] const std::map<std::string, std::vector<std::vector<double>>>& references() const {
    return references_;
  }
  /// "learning_rate = 0.1, gain = 2.0"
  [[nodiscard]] std::string words(Index member) const;

 private:
  void take_references();

  Config base_;
  std::map<std::string, std::vector<std::vector<double>>> references_;
  std::vector<SweptAxis> axes_;
  bool grid_ = true;
};

}  // namespace thalweg
