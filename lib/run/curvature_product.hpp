// The matrix whose spectrum an analysis looks at, by its products: the one place where analyses
// get it.
#pragma once
#include <optional>
#include <string>
#include <thalweg/core/curvature.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/numerics/lanczos.hpp>
#include <thalweg/run/quantities.hpp>

namespace thalweg {

/// Which matrix, as a configuration says it.
struct CurvatureChoice {
  std::string matrix = "hessian", block;

  void fields(Fields& f);
};

class CurvatureProduct {
 public:
  /// `analysis`: who asks, for the message. @throws ModelError when the run's model has none.
  CurvatureProduct(const RunContext& context, const std::string& analysis,
                   const CurvatureChoice& choice = {});

  /// Rows of the matrix.
  [[nodiscard]] Index dim() const { return part_ ? part_->size() : dim_; }
  /// How a text calls it: "Hessian", "Fisher matrix of layer2".
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] bool hessian() const { return kind_ == CurvatureKind::hessian; }
  /// The Hessian of all parameters, to which limits of stability belong.
  [[nodiscard]] bool whole_hessian() const { return hessian() && !part_; }
  /// The entries of a vector that the matrix acts on.
  [[nodiscard]] Vec restricted(In whole) const;
  /// The matrix at q, which is kept only by what is returned. After each product the run may be
  /// told (RunContext::on_products).
  [[nodiscard]] SymmetricProduct at(const AnyPotential& potential, In q) const;
  /// Nearly the same by differences of gradients (numerics/gradient_differences.hpp), g the
  /// gradient at q. Only of Hessians, whole or a block.
  [[nodiscard]] SymmetricProduct differences(const AnyPotential& potential, In q, Vec g,
                                             bool coarse) const;

 private:
  const RunContext* context_;
  CurvatureKind kind_;
  Index dim_ = 0;
  std::optional<ParameterPart> part_;
  std::string title_;
};

}  // namespace thalweg
