// The linear field f = B a.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/vector_field.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

/// theta is B, row by row; it starts as what the fields say.
class LinearField {
 public:
  double growth = -0.1, rotation = 2.0;
  std::vector<double> matrix{};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when `matrix` has not width^2 entries, or an odd width shall rotate.
  [[nodiscard]] std::shared_ptr<const VectorField> operator()(Index width) const;
};

}  // namespace thalweg
