// A number at every point of a plane of two parameters, whose sign tells two behaviours apart:
// where training converges and where it does not. Pictures, zooms and box dimensions of the
// boundary are all made from this seam.
#pragma once
#include <thalweg/core/types.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

/// One of the two parameters.
struct PlaneAxis {
  std::string name;              ///< [A-Za-z][A-Za-z0-9_]*
  std::string long_name;         ///< "log10 of the learning rate of layer 1"
  double low = 0.0, high = 1.0;  ///< of the whole picture
  double least = 0.0;            ///< what is added to it in double precision, in magnitude
};

class PlaneField {
 public:
  virtual ~PlaneField() = default;
  [[nodiscard]] virtual std::array<PlaneAxis, 2> axes() const = 0;  ///< x, y
  /// What the number is; positive and negative by name.
  [[nodiscard]] virtual std::string long_name() const = 0;
  [[nodiscard]] virtual std::string positive() const = 0;
  [[nodiscard]] virtual std::string negative() const = 0;
  /// What a reader should know: name and text, as of a potential.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> facts() const {
    return {};
  }
  /// values[i] at (x[i], y[i]), never 0 nor NaN. The bits depend on (x[i], y[i]) alone, not on the
  /// other points; calls may run concurrently. `stopped` is asked from time to time; once it says
  /// true, values are left undefined and evaluate() gives -1, else the work that was needed, in a
  /// unit that `work_unit` names.
  virtual std::int64_t evaluate(std::span<const double> x, std::span<const double> y,
                                std::span<double> values,
                                const std::function<bool()>& stopped) const = 0;
  /// "steps of a network"
  [[nodiscard]] virtual std::string work_unit() const = 0;
};

/// A field from the seed of the run.
using PlaneRecipe = std::function<std::shared_ptr<const PlaneField>(std::uint64_t seed)>;

}  // namespace thalweg
