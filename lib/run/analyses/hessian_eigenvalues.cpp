#include <thalweg/run/analyses/hessian_eigenvalues.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <thalweg/core/reduce.hpp>
#include <thalweg/run/eigenpair_tracker.hpp>

namespace thalweg {

Doc HessianEigenvalues::doc() {
  return {.summary = "eigenvalues of the Hessian at both ends of its spectrum, by value",
          .equation = "H u = lambda u, accepted when |H u - lambda u| <= tolerance max |lambda|",
          .source =
              "K. Wu and H. Simon, Thick-restart Lanczos method for large symmetric eigenvalue "
              "problems, SIAM J. Matrix Anal. 22 (2000); A. Ruhe, Math. Comp. 33 (1979)",
          .notes =
              "An accepted value is within its residual of an eigenvalue; one that is not accepted "
              "is NaN. The search starts from the eigenvectors of the row before; every cold_every "
              "rows it starts anew and then spends `probe` products on a random direction, without "
              "which a second copy of an eigenvalue, or one that rose unseen, can be missed. "
              "Memory: 8 bytes x parameters x (70 + eigenvalues)."};
}

void HessianEigenvalues::fields(Fields& f) {
  f("largest", largest, "1", "how many of the largest", at_least(0));
  f("smallest", smallest, "1", "how many of the smallest", at_least(0));
  f("tolerance", tolerance, "1", "of the residual, relative to the largest magnitude",
    between(1e-14, 1.0));
  f("max_products", max_products, "1", "Hessian products a row may take", at_least(1));
  f("cold_every", cold_every, "1", "rows between searches that start anew", at_least(1));
  f("probe", probe, "1", "products spent then on a direction that may have been missed",
    at_least(0));
  if (f.reading() && largest + smallest < 1) f.reject("largest", "must be > 0 when smallest is 0");
}

std::vector<Quantity> HessianEigenvalues::operator()(RunContext& context,
                                                     const std::string& series) const {
  const auto* potential = context.motion.potential();
  if (!potential || !potential->has_hvp())
    throw ModelError("\"hessian_eigenvalues\" needs a potential with Hessian products");
  const Index d = potential->dim();
  if (largest + smallest > d)
    throw ModelError(
        fmt::format("\"hessian_eigenvalues\" is asked for {} eigenvalues of {} "
                    "parameters; lower largest or smallest",
                    largest + smallest, d));
  const auto tracker =
      std::make_shared<EigenpairTracker>("analysis." + series,
                                         LanczosOptions{.largest = largest,
                                                        .smallest = smallest,
                                                        .tolerance = tolerance,
                                                        .max_products = max_products,
                                                        .probe = probe},
                                         cold_every);
  const auto pairs_at = [tracker](Probe& p) -> const EigenPairs& {
    return tracker->at(p.potential(), p.parameters());
  };
  Axis rank{.name = "rank", .size = largest + smallest, .long_name = "place in the spectrum"};
  for (Index i = 0; i < largest; ++i) rank.labels.push_back(fmt::format("largest {}", i + 1));
  for (Index i = 0; i < smallest; ++i) rank.labels.push_back(fmt::format("smallest {}", i + 1));
  const std::string how = fmt::format(
      "band Lanczos, accepted at a residual of {:g} of the largest magnitude, else NaN", tolerance);

  const auto ranked = [&](const char* name, const char* long_name, auto value) {
    Variable v{.name = name, .long_name = long_name};
    v.comment = how;
    v.axes = {rank};
    return Quantity{std::move(v),
                    [pairs_at, value](Probe& p, Stepper&, Out out) {
                      const auto& pairs = pairs_at(p);
                      for (Index i = 0; i < out.size(); ++i) out[i] = value(pairs, i);
                    },
                    tracker};
  };
  std::vector<Quantity> all;
  all.push_back(ranked("eigenvalue", "eigenvalue of the Hessian",
                       [](const EigenPairs& e, Index i) { return e.values[i]; }));
  all.push_back(ranked("residual", "residual |H u - lambda u|",
                       [](const EigenPairs& e, Index i) { return e.residuals[i]; }));
  all.push_back(
      ranked("converged", "whether the residual was met", [](const EigenPairs& e, Index i) {
        return e.converged[static_cast<std::size_t>(i)] ? 1.0 : 0.0;
      }));
  all.back().variable.type = Variable::Type::integer;
  all.back().variable.flag_meanings = {"no", "yes"};

  Variable products{.name = "products", .long_name = "Hessian products of this row"};
  all.push_back({std::move(products),
                 [pairs_at](Probe& p, Stepper&, Out out) {
                   out[0] = static_cast<double>(pairs_at(p).products);
                 },
                 tracker});
  for (auto& o : context.motion.observables())  // what the largest is measured against
    if (o.variable.name == "sharpness_limit")
      all.push_back({o.variable, [compute = o.compute](Probe& p, Stepper&, Out out) {
                       compute(p.state(), p.t(), out);
                     }});
  if (largest > 0) {
    Variable share{.name = "gradient_share",
                   .long_name = "share of |grad L|^2 in the top eigenspace"};
    share.comment = how;
    all.push_back({std::move(share),
                   [pairs_at, k = largest](Probe& p, Stepper&, Out out) {
                     const auto& pairs = pairs_at(p);
                     const auto n = std::min<Index>(k, pairs.vectors.cols());
                     const Vec part = pairs.vectors.leftCols(n).transpose() * p.gradient();
                     const double whole = dot(p.gradient(), p.gradient());
                     out[0] = pairs.all_converged() ? part.squaredNorm() / whole
                                                    : std::numeric_limits<double>::quiet_NaN();
                   },
                   tracker});
  }
  return all;
}

}  // namespace thalweg
