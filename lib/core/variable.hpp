// A recorded or stored array: its name, axes, unit and meaning. A reader of the file never needs
// the configuration to know what an array is.
#pragma once
#include <thalweg/core/types.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// A named axis of an array. Axes of one name have one size in one file group.
struct Axis {
  std::string name;
  Index size = 0;
  std::string long_name{}, unit = "1";
  std::vector<double> values{};       ///< coordinate, or empty
  std::vector<std::string> labels{};  ///< text coordinate, or empty
};

struct Variable {
  enum class Type { real, integer, boolean };

  std::string name;  ///< [A-Za-z][A-Za-z0-9_]*
  std::string unit = "1";
  std::string long_name{};   ///< for the axis of a plot
  std::string comment{};     ///< how it was obtained; every approximation is named here
  std::vector<Axis> axes{};  ///< axes after the growing one; empty for a scalar
  Type type = Type::real;
  bool approximate = false;                  ///< e.g. a Hessian product by differences
  std::vector<std::string> flag_meanings{};  ///< of the values 0, 1, ... of an integer; no blanks

  [[nodiscard]] Index size() const {
    Index n = 1;
    for (const auto& a : axes) n *= a.size;
    return n;
  }
};

}  // namespace thalweg
