// What a run over a plane has found so far, as arrays of its file and as numbers.
#pragma once
#include <thalweg/core/plane_field.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/numerics/box_growth.hpp>
#include <thalweg/run/experiment.hpp>
#include <thalweg/run/plane/zoom.hpp>

#include <array>
#include <span>
#include <vector>

namespace thalweg {

struct Level {
  Window window{};
  BoundaryCount boundary{};
  std::int64_t work = 0;
};

/// The windows drawn from the whole boundary, as far as they are finished.
struct Scales {
  Index planned = 0;  ///< 0: none asked for
  Index ratio = 2;
  std::array<double, 2> width{};  ///< of the whole window
  std::vector<BoxParts> groups{};
};

/// /levels/level_NN/measure (y, x), `values` row by row.
void put_level(RunOutput& output, const PlaneField& field, Index number, const Window& window,
               std::span<const double> values, Index resolution);

/// The median of all slopes of all levels, its quartiles, the median of each level; how the boxes
/// grow from scale to scale.
PlaneSummary plane_numbers(const std::vector<Level>& levels, const Scales& scales);

/// The same in /zoom and /scales, one entry for each of `planned` levels and scales, NaN where
/// there is none yet, and /boundary.
void put_numbers(RunOutput& output, const PlaneField& field, const std::vector<Level>& levels,
                 Index planned, const Scales& scales);

}  // namespace thalweg
