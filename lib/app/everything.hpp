// All that a config can name, in one list: what `list`, `describe` and completion show.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg {

struct Named {
  std::string group;  ///< "models", as in `thalweg list models`
  std::string kind;   ///< "model"
  std::string name;
  std::string unit{};  ///< of a quantity
  Doc doc{};
  std::function<void(Fields&)> describe{};  ///< visits the fields; empty when there are none
};

/// The groups, in the order of the list.
const std::vector<std::string>& groups();

/// Entries group by group, the user's own among them.
std::vector<Named> everything();

}  // namespace thalweg
