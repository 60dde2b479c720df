// A neural network as a vector field.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/vector_field.hpp>
#include <thalweg/models/networks/initialisation.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

/// theta: W1 (out, in) row by row, b1, W2, ...
class MlpField {
 public:
  std::vector<Index> hidden{50};
  std::string activation = "tanh", input = "linear";
  bool depth_input = false, bias = true;
  Initialisation init{};

  static Doc doc();
  void fields(Fields& f);
  [[nodiscard]] std::shared_ptr<const VectorField> operator()(Index width) const;
};

}  // namespace thalweg
