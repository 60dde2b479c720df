// Any field of the catalogue with parameters at equal distances in depth.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/vector_field.hpp>

#include <memory>
#include <string>

namespace thalweg {

/// The parameters are those of the inner field at every knot, one after another.
class DepthDependentField {
 public:
  std::string interpolation = "linear", field_name = "linear";
  Index knots = 5;
  double depth = 1.0;
  FieldRecipe inner{};

  static Doc doc();
  void fields(Fields& f);
  [[nodiscard]] std::shared_ptr<const VectorField> operator()(Index width) const;
};

}  // namespace thalweg
