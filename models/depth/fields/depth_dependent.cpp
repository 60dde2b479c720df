#include <thalweg/models/depth/fields/depth_dependent.hpp>

#include <fmt/format.h>

#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/depth/fields/varying_with_depth.hpp>

#include <utility>
#include <vector>

namespace thalweg {

Doc DepthDependentField::doc() {
  return {
      .summary = "a field whose parameters change with depth, by pieces or splines",
      .equation = "f(a, z; theta) = f_inner(a, z; sum_k w_k(z) theta_k)",
      .source = "C. de Boor, A Practical Guide to Splines, 2001, for the cubic B-splines",
      .notes =
          "pieces: w_k = 1 on the k-th of `knots` equal pieces of [0, depth]; linear: hat "
          "functions; spline: uniform cubic B-splines. Beyond the ends theta stays. At "
          "every knot the inner field draws weights of its own; one that draws none, linear, "
          "is the same at all knots before it is trained: for numbers of your own give its "
          "`at` or `file`. A step in depth ends at every knot (spline: where its cubics meet) and "
          "the next starts anew, so that solvers keep their order; equal steps are equal between "
          "two knots."};
}

void DepthDependentField::fields(Fields& f) {
  f("knots", knots, "1", "sets of parameters", between(1, 1e6));
  f("interpolation", interpolation, "", "w_k", one_of({"pieces", "linear", "spline"}));
  f("depth", depth, "depth", "where the last knot lies", positive());
  if (f.reading()) {
    const Index least = interpolation == "spline" ? 4 : interpolation == "linear" ? 2 : 1;
    if (knots < least)
      f.reject("knots",
               fmt::format("must be >= {} for interpolation \"{}\"", least, interpolation));
  }
  part<FieldRecipe>(f, "of", field_name, vector_fields(), "the field whose parameters they are",
                    [this](FieldRecipe&& made) { inner = std::move(made); });
}

std::shared_ptr<const VectorField> DepthDependentField::operator()(Index width) const {
  if (interpolation == "spline")
    return varying_with_depth(inner(width), DepthBasis::b_splines(knots, depth));
  const bool pieces = interpolation == "pieces";
  std::vector<double> at;
  for (Index k = 0; k < knots; ++k)
    at.push_back(depth * static_cast<double>(k) / static_cast<double>(pieces ? knots : knots - 1));
  return varying_with_depth(
      inner(width), pieces ? DepthBasis::pieces(std::move(at)) : DepthBasis::lines(std::move(at)));
}

}  // namespace thalweg
