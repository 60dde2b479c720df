#include <thalweg/run/curvature_product.hpp>

#include <fmt/format.h>

#include <memory>
#include <thalweg/numerics/gradient_differences.hpp>

namespace thalweg {

void CurvatureChoice::fields(Fields& f) {
  f("matrix", matrix, "", "whose spectrum", one_of(curvature_names()));
  f("block", block, "",
    "the diagonal block of these parameters alone, a layer or a block of the layout (\"layer2\", "
    "\"W1\"); \"\" for all");
}

CurvatureProduct::CurvatureProduct(const RunContext& context, const std::string& analysis,
                                   const CurvatureChoice& choice)
    : context_(&context), kind_(curvature_of(choice.matrix)), title_(curvature_title(kind_)) {
  const auto* potential = context.motion.potential();
  if (!potential || !potential->has_hvp())
    throw ModelError(fmt::format("\"{}\" needs a potential with Hessian products", analysis));
  if (!potential->has_curvature(kind_))
    throw ModelError(
        fmt::format("\"{}\" needs a {}, which exists for losses of outputs over samples and which "
                    "this model does not offer; use matrix = \"hessian\", or another model",
                    analysis, title_));
  dim_ = potential->dim();
  if (choice.block.empty()) return;
  part_ = parameter_part(potential->layout(), choice.block);
  title_ += " of " + choice.block;
}

Vec CurvatureProduct::restricted(In whole) const {
  if (!part_) return whole;
  Vec part(part_->size());
  part_->gather(whole, part);
  return part;
}

SymmetricProduct CurvatureProduct::at(const AnyPotential& potential, In q) const {
  std::unique_ptr<Curvature> made = potential.at(q, kind_);
  if (part_) made = diagonal_block(std::move(made), *part_, dim_);
  const std::shared_ptr<Curvature> curvature = std::move(made);
  return [curvature, context = context_](MatIn V, MatOut HV) {
    curvature->hvp(V, HV);
    if (context->on_products) context->on_products(V.cols());
  };
}

SymmetricProduct CurvatureProduct::differences(const AnyPotential& potential, In q, Vec g,
                                               bool coarse) const {
  auto whole = gradient_differences(
      [potential, context = context_](In x, Out at_x) {
        potential.gradient(x, at_x);
        if (context->on_products) context->on_products(1);
      },
      q, std::move(g), coarse);
  if (!part_) return whole;
  return [whole = std::move(whole), part = *part_, v = Mat(q.size(), 1), Hv = Mat(q.size(), 1)](
             MatIn V, MatOut HV) mutable {
    for (Index j = 0; j < V.cols(); ++j) {
      part.scatter(V.col(j), v.col(0));
      whole(v, Hv);
      part.gather(Hv.col(0), HV.col(j));
    }
  };
}

}  // namespace thalweg
