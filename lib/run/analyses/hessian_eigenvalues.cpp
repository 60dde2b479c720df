#include <thalweg/run/analyses/hessian_eigenvalues.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/reduce.hpp>
#include <thalweg/run/condition_number.hpp>
#include <thalweg/run/eigenpair_tracker.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index usual_basis = 60;

// Vectors beside the basis: the wanted ones with their continuation, those kept over a restart,
// those of the row before, five spaces and points to start from, and a start, a product, a
// direction and the like.
Index other_vectors(Index wanted) { return 10 * wanted + 15; }
Index least_basis(Index wanted) { return 2 * wanted + 8; }

}  // namespace

Doc HessianEigenvalues::doc() {
  return {
      .summary =
          "eigenvalues of the Hessian, or of another matrix of curvature, at both ends of its "
          "spectrum, by value",
      .equation = "H u = lambda u, accepted when |H u - lambda u| <= tolerance max |lambda|",
      .source =
          "K. Wu and H. Simon, Thick-restart Lanczos method for large symmetric eigenvalue "
          "problems, SIAM J. Matrix Anal. 22 (2000); A. Ruhe, Math. Comp. 33 (1979); B. Parlett, "
          "The Symmetric Eigenvalue Problem, SIAM 1998; A. Bjorck and G. Golub, Math. Comp. 27 "
          "(1973)",
      .notes =
          "Error: some eigenvalue lies within `residual` of an accepted value, and when no other "
          "lies closer than a gap, within residual^2 / gap; the sine of the angle to its "
          "eigenvector is at most residual / gap. A value that is not accepted is NaN, `converged` "
          "says no. Eigenvalues may be missed that are orthogonal to the search: it starts from "
          "the eigenvectors of the row before; every cold_every rows it starts anew and then "
          "spends `probe` products on a random direction, without which a second copy of an "
          "eigenvalue, or one that rose unseen, can be missed.\n"
          "eigensolver = \"spectra\" makes the same search by the library Spectra (Sorensen's "
          "implicitly restarted Lanczos) from a random vector in every row, a peer to check "
          "against; it finds one copy of a repeated eigenvalue.\n"
          "Branches: values closer than tolerance max |lambda| are one cluster; `branch` follows "
          "the vector from row to row by the principal angles between clusters, so that branches "
          "cross where the sorted values only touch. A branch begins anew when less than half of "
          "its vector (in squares) is found again: take rows closer together then. "
          "`principal_cosine` and `subspace_overlap` compare the whole top space with that of the "
          "row before.\n"
          "`condition_number` is the largest over the smallest eigenvalue and exists only where "
          "the smallest is known to be positive; condition_status says why not, condition_error "
          "bounds its error by the residuals.\n"
          "Cost: 20 to 100 Hessian products a row where the spectrum has outliers, max_products at "
          "most; they do not count as the run's. A row that starts anew, or whose row before took "
          "more than three products for a pair, makes most of them by differences of gradients, "
          "for "
          "about half the price, and then multiplies each pair it found by the Hessian, so that "
          "every residual is that of exact products; `gradients` counts them. Not below a "
          "tolerance "
          "of 1e-5 nor for other matrices than the Hessian.\n"
          "Memory: 8 bytes x parameters x (max(60, 2 k + 8) + 10 k + 15) with k = largest + "
          "smallest (1.1 GB for 1e6 parameters and k = 6), besides what one Hessian product takes; "
          "the 60 vectors between two restarts become fewer, down to 2 k + 8, to keep it below "
          "memory_limit. `thalweg check` tells the sum for a configuration. A checkpoint holds "
          "6 k + 5 vectors."};
}

void HessianEigenvalues::fields(Fields& f) {
  of.fields(f);
  f("largest", largest, "1", "how many of the largest", at_least(0));
  f("smallest", smallest, "1", "how many of the smallest", at_least(0));
  f("tolerance", tolerance, "1", "of the residual, relative to the largest magnitude",
    between(1e-14, 1.0));
  f("eigensolver", eigensolver, "",
    "\"lanczos\": from the vectors of the row before; \"spectra\": the library, anew in every row",
    one_of({"lanczos", "spectra"}));
  f("max_products", max_products, "1", "Hessian products a row may take", at_least(1));
  f("cold_every", cold_every, "1", "rows between searches that start anew", at_least(1));
  f("probe", probe, "1", "products spent then on a direction that may have been missed",
    at_least(0));
  f("memory_limit", memory_limit, "MB", "for vectors; the restart length follows from it",
    positive());
  if (f.reading() && largest + smallest < 1) f.reject("largest", "must be > 0 when smallest is 0");
}

Index HessianEigenvalues::basis(Index dim) const {
  const Index k = largest + smallest;
  const Index least = std::min(dim, least_basis(k)), usual = std::min(dim, usual_basis);
  const double vectors = 1e6 * memory_limit / (8.0 * static_cast<double>(dim));
  const double room = vectors - static_cast<double>(other_vectors(k));
  if (room < static_cast<double>(least))
    throw ModelError(fmt::format(
        "\"hessian_eigenvalues\" needs {:.3g} MB for {} eigenvalues of {} parameters and "
        "memory_limit is {:g}; raise it, or lower largest or smallest",
        8e-6 * static_cast<double>(dim * (least + other_vectors(k))), k, dim, memory_limit));
  return std::max(least, static_cast<Index>(std::min(room, static_cast<double>(usual))));
}

double HessianEigenvalues::memory(Index dim) const {
  const Index k = largest + smallest;
  const Index vectors = std::min(dim, std::max(basis(dim), least_basis(k)));
  return 8.0 * static_cast<double>(dim * (vectors + other_vectors(k)));
}

std::vector<Quantity> HessianEigenvalues::operator()(RunContext& context,
                                                     const std::string& series) const {
  const CurvatureProduct matrix(context, "hessian_eigenvalues", of);
  const Index d = matrix.dim();
  if (largest + smallest > d)
    throw ModelError(
        fmt::format("\"hessian_eigenvalues\" is asked for {} eigenvalues of {} "
                    "parameters; lower largest or smallest",
                    largest + smallest, d));
  const std::string title = matrix.title();
  const std::string whose = matrix.whole_hessian() ? "" : " of the " + title;
  const auto tracker =
      std::make_shared<EigenpairTracker>("analysis." + series, matrix,
                                         LanczosOptions{.largest = largest,
                                                        .smallest = smallest,
                                                        .tolerance = tolerance,
                                                        .max_products = max_products,
                                                        .basis = basis(d),
                                                        .probe = probe},
                                         cold_every, true, eigensolver == "spectra");
  const auto pairs_at = [tracker](Probe& p) -> const EigenPairs& {
    return tracker->at(p.potential(), p.parameters());
  };
  Axis rank{.name = "rank", .size = largest + smallest, .long_name = "place in the spectrum"};
  for (Index i = 0; i < largest; ++i) rank.labels.push_back(fmt::format("largest {}", i + 1));
  for (Index i = 0; i < smallest; ++i) rank.labels.push_back(fmt::format("smallest {}", i + 1));
  const std::string how = fmt::format(
      "{}, accepted at a residual of {:g} of the largest magnitude, else NaN",
      eigensolver == "spectra" ? "implicitly restarted Lanczos of Spectra" : "band Lanczos",
      tolerance);

  std::vector<Quantity> all;
  // `fill`(pairs, probe, out)
  const auto add = [&](const char* name, std::string long_name, std::vector<Axis> axes,
                       std::string comment, auto fill) -> Variable& {
    Variable v{.name = name, .long_name = std::move(long_name)};
    v.comment = std::move(comment);
    v.axes = std::move(axes);
    all.push_back({std::move(v),
                   [pairs_at, fill](Probe& p, Stepper&, Out out) { fill(pairs_at(p), p, out); },
                   tracker});
    return all.back().variable;
  };
  const auto flags = [](Variable& v, std::vector<std::string> meanings) {
    v.type = Variable::Type::integer;
    v.flag_meanings = std::move(meanings);
  };
  add("eigenvalue", "eigenvalue of the " + title, {rank}, how,
      [](const EigenPairs& e, Probe&, Out out) { out = e.values; });
  add("residual", "residual |C u - lambda u|, C the " + title, {rank},
      how + "; an eigenvalue lies within it, and within its square over the gap",
      [](const EigenPairs& e, Probe&, Out out) { out = e.residuals; });
  flags(add("converged", "whether the residual was met", {rank}, how,
            [](const EigenPairs& e, Probe&, Out out) {
              for (Index i = 0; i < out.size(); ++i)
                out[i] = e.converged[static_cast<std::size_t>(i)] ? 1.0 : 0.0;
            }),
        {"no", "yes"});
  add("iterations", "Hessian products until the residual was met", {rank},
      "the pairs of a row are found together; of one that is not converged, all of them; a "
      "difference of gradients that takes the place of a product counts as one",
      [](const EigenPairs& e, Probe&, Out out) {
        for (Index i = 0; i < out.size(); ++i)
          out[i] = static_cast<double>(e.iterations[static_cast<std::size_t>(i)]);
      })
      .type = Variable::Type::integer;
  add("branch", "branch that the eigenvector belongs to" + whose, {rank},
      "by principal angles to the row before, numbered in order of appearance; 0: not converged",
      [tracker](const EigenPairs&, Probe&, Out out) {
        const auto& branch = tracker->branches().branch();
        for (Index i = 0; i < out.size(); ++i)
          out[i] = static_cast<double>(branch[static_cast<std::size_t>(i)]);
      })
      .type = Variable::Type::integer;
  add("products", "products of the matrix, of this row", {}, "",
      [](const EigenPairs& e, Probe&, Out out) { out[0] = static_cast<double>(e.products); });
  add("gradients", "gradients, of this row", {},
      "whose differences take the place of most products of a search that needs many",
      [](const EigenPairs& e, Probe&, Out out) { out[0] = static_cast<double>(e.drafts); });
  for (auto& o : context.motion.observables())  // what the largest is measured against
    if (matrix.whole_hessian() && o.variable.name == "sharpness_limit")
      all.push_back({o.variable, [compute = o.compute](Probe& p, Stepper&, Out out) {
                       compute(p.state(), p.t(), out);
                     }});
  if (largest > 0) {
    const Axis angle{.name = "angle", .size = largest, .long_name = "principal angle"};
    const std::string since =
        "between the top eigenspace and that of the row before; NaN in the "
        "first row and where one is not converged";
    add("principal_cosine", "cosine of the principal angles since the row before", {angle}, since,
        [tracker](const EigenPairs&, Probe&, Out out) { out = tracker->branches().cosines(); });
    add("subspace_overlap", "overlap of the top eigenspace" + whose + " with the row before", {},
        "mean of the squared cosines of the principal angles " + since,
        [tracker](const EigenPairs&, Probe&, Out out) { out[0] = tracker->branches().overlap(); });
    add("gradient_share", "share of |grad L|^2 in the top eigenspace" + whose, {}, how,
        [k = largest, matrix](const EigenPairs& e, Probe& p, Out out) {
          const auto n = std::min<Index>(k, e.vectors.cols());
          const Vec g = matrix.restricted(p.gradient());
          const Vec part = e.vectors.leftCols(n).transpose() * g;
          const double whole = dot(g, g);
          out[0] = e.all_converged() ? part.squaredNorm() / whole : nan;
        });
  }
  if (largest > 0 && smallest > 0) {
    const auto condition = [k = largest](const EigenPairs& e) { return condition_number(e, 0, k); };
    add("condition_number", "condition number" + whose + ", largest over smallest eigenvalue", {},
        "exists only where the smallest is positive by more than its residual, else NaN",
        [condition](const EigenPairs& e, Probe&, Out out) { out[0] = condition(e).value; });
    add("condition_error", "bound of the condition number's error", {}, "from the two residuals",
        [condition](const EigenPairs& e, Probe&, Out out) { out[0] = condition(e).error; });
    flags(add("condition_status", "why there is a condition number, or none", {}, "",
              [condition](const EigenPairs& e, Probe&, Out out) {
                out[0] = static_cast<double>(condition(e).status);
              }),
          {"not_converged", "defined", "indefinite", "not_resolved"});
  }
  return all;
}

}  // namespace thalweg
