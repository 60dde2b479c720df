// What a run over a plane has found so far, as arrays of its file and as numbers.
#pragma once
#include <thalweg/core/plane_field.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/numerics/box_growth.hpp>
#include <thalweg/run/experiment.hpp>
#include <thalweg/run/plane/plane_config.hpp>
#include <thalweg/run/plane/zoom.hpp>
#include <thalweg/run/results.hpp>

#include <span>
#include <vector>

namespace thalweg {

struct Level {
  Window window{};
  BoundaryCount boundary{};
  std::int64_t work = 0;
};

/// /levels/level_NN/measure (y, x), `values` row by row.
void put_level(RunOutput& output, const PlaneField& field, Index number, const Window& window,
               std::span<const double> values, Index resolution);

/// The median of all slopes of all levels, its quartiles, the median of each level.
PlaneSummary plane_numbers(const std::vector<Level>& levels);

/// How the boxes that the boundary meets multiply, from windows drawn at each scale.
void add_scales(PlaneSummary& all, const std::vector<BoxParts>& groups, Index ratio,
                const Window& whole);

/// The same in /zoom and /scales, one entry for each planned level and scale, NaN where there is
/// none yet, and /boundary.
void put_numbers(const PutArray& put, const PlaneField& field, const PlaneSummary& found,
                 const std::vector<Level>& levels, const PlaneConfig& config);

}  // namespace thalweg
