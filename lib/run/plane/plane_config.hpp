// A configuration with a table [plane]: a number over a plane of two parameters in place of a model
// and its motion. This is its whole schema.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/plane_field.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg {

inline constexpr const char* default_plane = "trainability";

struct WindowConfig {
  std::vector<double> x{}, y{};  ///< [low, high] of the whole picture; empty: what the plane says
  Index resolution = 256;        ///< points along either side
  void fields(Fields& f);
};

struct ZoomConfig {
  Index levels = 1;
  double factor = 8.0;
  std::vector<double> centre{};  ///< empty: the boundary nearest to the centre, level by level
  void fields(Fields& f);
};

/// The dimension of the whole boundary, from windows that are drawn from it at each scale.
struct DimensionConfig {
  Index scales = 6;
  Index ratio = 8;
  Index groups = 4, windows = 6;  ///< windows of each group at each scale
  Index resolution = 32;          ///< points along either side of a window
  void fields(Fields& f);
};

struct PlaneLimits {
  double max_wall = 0.0;
  void fields(Fields& f);
};

struct PlaneOutput {
  bool report = true, pictures = true;
  void fields(Fields& f);
};

struct PlaneConfig {
  std::string title{};
  Index seed = 0;
  std::string plane_name = default_plane;
  PlaneRecipe plane{};
  WindowConfig window{};
  ZoomConfig zoom{};
  std::optional<DimensionConfig> dimension{};
  PlaneLimits limits{};
  PlaneOutput output{};
  std::string plane_place{}, window_place{}, zoom_place{},
      dimension_place{};  ///< where they stand in the file
  void fields(Fields& f);
};

}  // namespace thalweg
