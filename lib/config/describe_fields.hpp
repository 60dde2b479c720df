// The visitor behind `thalweg describe`: what a part can be told, from the same `fields` that read
// its configuration.
#pragma once
#include <thalweg/core/fields.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg {

struct FieldRow {
  std::string key;   ///< "when.every", "record[].name"
  std::string type;  ///< "number", "integer", "true/false", "text", "list of numbers", "table", ...
  std::string standard;  ///< default as TOML; empty when absent or when the user must give it
  bool required = false;
  std::string unit;
  std::string rule;  ///< "must be > 0", or empty
  std::vector<std::string> choices{};
  std::string doc;
};

/// The fields that `visit` shows to its visitor, in order.
std::vector<FieldRow> describe_fields(const std::function<void(Fields&)>& visit);

/// Aligned columns, one row a line.
std::string fields_text(const std::vector<FieldRow>& rows);

/// A JSON array of objects with the members of FieldRow; "default" is null when there is none.
std::string fields_json(const std::vector<FieldRow>& rows);

}  // namespace thalweg
