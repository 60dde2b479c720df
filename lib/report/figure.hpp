// A figure as data: curves over one pair of axes, marks, and the words around it.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace thalweg::report {

enum class Scale { automatic, linear, log };

struct Curve {
  enum class Role {
    run,        ///< the run itself
    companion,  ///< another motion beside it
    band,       ///< an edge of a band around the run: thin, dashed, one colour
    theory,     ///< a closed form: dashed, black, on top
    part,       ///< one of several entries in an order: layers, components
    points,     ///< single points, all drawn and not joined: data, draws
    known,      ///< points as open rings, around those that are measured
    area,       ///< filled down to 0; of a stack the highest comes first, the lower ones cover it
  };
  std::string label;  ///< empty: not in the legend
  Role role = Role::run;
  std::vector<double> x{}, y{};
};

/// A vertical line at a time.
struct Mark {
  double x = 0.0;
  std::string label{};
};

/// Colours over a plane: z is row-major over (y, x), both evenly spaced.
struct Grid {
  std::vector<double> x{}, y{}, z{};
  std::string label{};                            ///< of the colours
  Scale colours = Scale::linear;                  ///< of z
  std::vector<std::string> x_names{}, y_names{};  ///< of the cells, instead of numbers; "": no tick
};

struct Figure {
  std::string title;
  std::string caption{};  ///< sentences
  std::string x_label{}, y_label{};
  Scale x_scale = Scale::linear, y_scale = Scale::automatic;
  std::vector<Curve> curves{};
  std::vector<Mark> marks{};
  bool path = false;           ///< curves are paths in the plane; start and end are marked
  bool dots = false;           ///< points of a path are not joined: iterates of a map
  bool lines_only = false;     ///< the points of short curves are not marked: steps, straight lines
  bool gaps_are_told = false;  ///< the caption explains missing values: no warning about them
  bool equal_units = false;    ///< one unit is equally long on both axes
  std::optional<Grid> grid{};  ///< drawn as colours, curves on top
};

}  // namespace thalweg::report
