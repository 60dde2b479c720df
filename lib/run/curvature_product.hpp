// The matrix whose spectrum an analysis looks at, by its products: the one place where analyses
// get it.
#pragma once
#include <string>
#include <thalweg/numerics/lanczos.hpp>
#include <thalweg/run/quantities.hpp>

namespace thalweg {

class CurvatureProduct {
 public:
  /// `analysis`: who asks, for the message. @throws ModelError when the run's model has none.
  CurvatureProduct(const RunContext& context, const std::string& analysis);

  /// Rows of the matrix.
  [[nodiscard]] Index dim() const { return dim_; }
  /// The matrix at q, which is kept only by what is returned. After each product the run may be
  /// told (RunContext::on_products).
  [[nodiscard]] SymmetricProduct at(const AnyPotential& potential, In q) const;

 private:
  const RunContext* context_;
  Index dim_ = 0;
};

}  // namespace thalweg
