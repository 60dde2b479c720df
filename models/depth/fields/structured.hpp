// Fields of a single hidden layer phi(M a + b) whose matrix M is built from free weights so that
// the flow neither damps nor blows up what it carries: antisymmetric and Hamiltonian layers.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/vector_field.hpp>

#include <memory>
#include <string>

namespace thalweg {

/// What both say of themselves. theta = (weights row by row, b).
struct StructuredFieldOptions {
  std::string activation = "tanh";
  double sigma_w = 1.0, sigma_b = 0.0;

  void fields(Fields& f);
};

/// f = phi(M a + b), M = K - K' - gamma I.
class AntisymmetricField : public StructuredFieldOptions {
 public:
  double damping = 0.0;

  static Doc doc();
  void fields(Fields& f);
  [[nodiscard]] std::shared_ptr<const VectorField> operator()(Index width) const;
};

/// a = (y, p), f = J M' phi(M a + b) with M = [0 K_1; K_2 0] and J (y, p) = (p, -y): a Hamiltonian
/// system, H = sum_i Phi((M a + b)_i) with Phi' = phi.
class HamiltonianField : public StructuredFieldOptions {
 public:
  static Doc doc();
  /// @throws ModelError for an odd width.
  [[nodiscard]] std::shared_ptr<const VectorField> operator()(Index width) const;
};

}  // namespace thalweg
