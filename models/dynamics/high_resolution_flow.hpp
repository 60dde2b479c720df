// The high-resolution equations of accelerated methods on mu-strongly convex L (Shi, Du, Jordan and
// Su, "Understanding the acceleration phenomenon via high-resolution differential equations",
// 2022):
//   q'' + 2 sqrt(mu) q' + sqrt(s) H(q) q' + (1 + sqrt(mu s)) grad L(q) = 0     Nesterov
//   the same without sqrt(s) H q'                                              heavy ball
// with the learning rate s; an iterate takes the time sqrt(s). The Hessian damping is all that
// tells the two methods apart. State (q, v).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>

#include <string>

namespace thalweg {

struct HighResolutionFlow {
  std::string method = "nesterov";
  double learning_rate = 0.01, strong_convexity = 1.0;

  static Doc doc();
  void fields(Fields& f) {
    f("method", method, "", "whose equation", one_of({"nesterov", "heavy_ball"}));
    f("learning_rate", learning_rate, "1", "s of the method", positive());
    f("strong_convexity", strong_convexity, "1/time^2", "mu, the least curvature of L", positive());
  }
  /// beta = (1 - sqrt(mu s)) / (1 + sqrt(mu s)) of the maps that this is the limit of.
  [[nodiscard]] double momentum() const;
  /// @throws ModelError when Nesterov's is wanted and the potential has no Hessian product.
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
