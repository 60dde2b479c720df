// The table [data] of a model that learns: `name` chooses a data set, the rest are its fields.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/models/datasets/dataset.hpp>

#include <memory>
#include <string>

namespace thalweg {

struct DataPart {
  std::string name;                       ///< the default on entry, the choice after reading
  std::shared_ptr<const Dataset> data{};  ///< set when a configuration is read

  /// Visits [data].
  void fields(Fields& f);
};

}  // namespace thalweg
