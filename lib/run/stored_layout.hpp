// What every result file says of the flat state: its blocks, and vectors in it.
#pragma once
#include <thalweg/core/layout.hpp>
#include <thalweg/io/result_file.hpp>

namespace thalweg {

/// A vector of the size of the state, such as /initial/state.
void put_vector(RunOutput& output, const char* group, const char* name, const char* long_name,
                In x);

/// /layout: name, shape, unit, first entry and size of each block.
void put_layout(RunOutput& output, const Layout& layout);

}  // namespace thalweg
