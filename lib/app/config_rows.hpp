// The keys of a configuration, for `describe config` and for completion.
#pragma once
#include <thalweg/config/describe_fields.hpp>

#include <vector>

namespace thalweg {

/// What a configuration may say, without the fields of the parts that it chooses by name (a model,
/// a dynamics, a solver): those belong to the part.
std::vector<FieldRow> config_rows();

/// What a sweep file may say.
std::vector<FieldRow> sweep_rows();

}  // namespace thalweg
