#include <thalweg/run/curvature_product.hpp>

#include <fmt/format.h>

#include <memory>

namespace thalweg {

CurvatureProduct::CurvatureProduct(const RunContext& context, const std::string& analysis)
    : context_(&context) {
  const auto* potential = context.motion.potential();
  if (!potential || !potential->has_hvp())
    throw ModelError(fmt::format("\"{}\" needs a potential with Hessian products", analysis));
  dim_ = potential->dim();
}

SymmetricProduct CurvatureProduct::at(const AnyPotential& potential, In q) const {
  const std::shared_ptr<Curvature> curvature = potential.at(q);
  return [curvature, context = context_](MatIn V, MatOut HV) {
    curvature->hvp(V, HV);
    if (context->on_products) context->on_products(V.cols());
  };
}

}  // namespace thalweg
