#include <thalweg/numerics/gradient_differences.hpp>

#include <thalweg/core/reduce.hpp>
#include <utility>

namespace thalweg {

SymmetricProduct gradient_differences(std::function<void(In q, Out g)> gradient, In q, Vec g,
                                      bool coarse) {
  const double s = (coarse ? 1e-5 : 1e-8) * (1.0 + norm(q));
  return [gradient = std::move(gradient), s, q = Vec(q), g = std::move(g), moved = Vec()](
             MatIn V, MatOut HV) mutable {
    for (Index j = 0; j < V.cols(); ++j) {
      moved = q + s * V.col(j);
      gradient(moved, HV.col(j));
      HV.col(j) = (HV.col(j) - g) / s;
    }
  };
}

}  // namespace thalweg
