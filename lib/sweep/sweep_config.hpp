// What a sweep file may say: a base configuration, what to vary of it, what to keep of each member.
#pragma once
#include <thalweg/config/node.hpp>
#include <thalweg/core/fields.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg {

/// Values that one key of the base takes.
struct AxisConfig {
  std::string key{};
  std::vector<std::string> also{};
  std::optional<Node> values{};  ///< an array of anything; or from, to and count
  std::optional<double> from{}, to{};
  std::optional<Index> count{};
  std::string scale = "linear";
  bool integer = false;
  std::vector<std::string> labels{};
  std::string name{}, long_name{}, unit{};
  std::string place{};  ///< of the key, in the file
  std::string from_place{};
  void fields(Fields& f);
};

/// Which numbers of each member go into the file.
struct CollectConfig {
  std::vector<std::string> what{};
  std::string record{}, take = "last", name{};
  std::optional<Index> rows{};
  std::string place{};
  std::vector<std::string> what_places{};
  void fields(Fields& f);
};

struct SweepLimitsConfig {
  double max_wall = 0.0;
  Index max_failures = 0;
  void fields(Fields& f);
};

struct SweepConfig {
  std::string title{}, mode = "grid";
  std::optional<Node> base{}, set{};
  std::optional<Index> count{};
  Index seed = 0;
  std::string on_failure = "record";
  Index retries = 2;
  bool keep_runs = false, report = true;
  std::vector<AxisConfig> axes{};
  std::vector<Node> points{};
  std::vector<CollectConfig> collect{};
  SweepLimitsConfig limits{};
  void fields(Fields& f);
};

}  // namespace thalweg
