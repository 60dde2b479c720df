// The linear field f = B a, B constant or given at knots in depth.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/vector_field.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

/// theta is B, row by row; it starts as what the fields say. With knots in depth theta is B at
/// each.
class LinearField {
 public:
  /// B, or B at one knot.
  struct Matrix {
    double growth = -0.1, rotation = 2.0;
    std::vector<double> numbers{};  ///< row by row, in place of the other two

    void fields(Fields& f);
  };
  /// [[at]]
  struct Knot {
    double z = 0.0;
    Matrix B{};

    void fields(Fields& f);
  };
  Matrix B{};
  std::vector<Knot> at{};
  std::string file{}, interpolation = "linear";

  LinearField();
  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when B has not width^2 entries, or an odd width shall rotate; IoError.
  [[nodiscard]] std::shared_ptr<const VectorField> operator()(Index width) const;

 private:
  [[nodiscard]] std::shared_ptr<const VectorField> through_knots(std::vector<double> z, Vec numbers,
                                                                 Index width) const;
};

}  // namespace thalweg
