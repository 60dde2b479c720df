// The numbers that a run has at its end: arrays for its file, or for whoever collects them of many
// runs and wants to know before the first one which there will be.
#pragma once
#include <thalweg/core/model.hpp>
#include <thalweg/io/result_file.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

/// Takes one array of a group of the file, row-major.
using PutArray = std::function<void(const std::string& group, const Variable& variable,
                                    std::span<const double> values)>;

/// Arrays go into the file.
[[nodiscard]] PutArray into(RunOutput& output);

/// A series called `name` of what `put` hands out for the group, once; such a series has no time
/// axis.
[[nodiscard]] SeriesSchema result_schema(const std::string& name, const std::string& group,
                                         const std::function<void(const PutArray&)>& put);
/// What numbers follow from beside the resolved configuration: data, instruction set, start.
[[nodiscard]] std::string facts_and_start(const AnyPotential* potential, In start);

}  // namespace thalweg
