#include <thalweg/models/dynamics/diagonal_flow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include <thalweg/core/error.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/dynamics/preconditioned_flow.hpp>

namespace thalweg {

namespace {

constexpr Index block = 8;  // products made together

// diag C from its products with all unit vectors.
void exact_diagonal(Curvature& C, Out diagonal) {
  const Index d = diagonal.size();
  thread_local Mat E, CE;
  E.setZero(d, block);
  CE.resize(d, block);
  for (Index first = 0; first < d; first += block) {
    const Index k = std::min(block, d - first);
    for (Index j = 0; j < k; ++j) E(first + j, j) = 1.0;
    C.hvp(E.leftCols(k), CE.leftCols(k));
    for (Index j = 0; j < k; ++j) {
      diagonal[first + j] = CE(first + j, j);
      E(first + j, j) = 0.0;
    }
  }
}

// mean over the columns z of Z of z . (C z), entry by entry; exact in the mean for random signs.
void estimated_diagonal(Curvature& C, const Mat& Z, Out diagonal) {
  thread_local Mat CZ;
  CZ.resize(Z.rows(), block);
  diagonal.setZero();
  for (Index first = 0; first < Z.cols(); first += block) {
    const Index k = std::min(block, Z.cols() - first);
    C.hvp(Z.middleCols(first, k), CZ.leftCols(k));
    diagonal += Z.middleCols(first, k).cwiseProduct(CZ.leftCols(k)).rowwise().sum();
  }
  diagonal /= static_cast<double>(Z.cols());
}

}  // namespace

Doc DiagonalFlow::doc() {
  return {.summary = "gradient flow preconditioned by the diagonal of a matrix of curvature",
          .equation = "q_i' = -(grad L)_i / (|C_ii(q)| + damping)",
          .source =
              "S. Becker and Y. LeCun, Improving the convergence of back-propagation learning with "
              "second order methods, 1988; C. Bekas, E. Kokiopoulou and Y. Saad, An estimator for "
              "the diagonal of a matrix, Appl. Numer. Math. 57 (2007)",
          .notes =
              "probes = 0 takes the exact diagonal, at one product per parameter and right-hand "
              "side. probes > 0 is approximate: the mean of z . C z over that many random sign "
              "vectors, drawn once from the seed so that the flow stays smooth; the error of an "
              "entry is about sqrt(sum_j C_ij^2 / probes) over j other than i."};
}

void DiagonalFlow::fields(Fields& f) {
  f("matrix", matrix, "", "whose diagonal", one_of(curvature_names()));
  f("damping", damping, "1/time", "added to each entry", positive());
  f("probes", probes, "1", "random vectors that estimate the diagonal, 0 for the exact one",
    at_least(0));
  f("seed", seed, "1", "of the random vectors", at_least(0));
}

Motion DiagonalFlow::operator()(const AnyPotential& potential) const {
  const CurvatureKind kind = curvature_of(matrix);
  if (!potential.has_hvp())
    throw ModelError("diagonal_flow needs a potential with Hessian products");
  if (!potential.has_curvature(kind))
    throw ModelError(fmt::format(
        "diagonal_flow needs a {}, which exists for losses of outputs over samples and which this "
        "model does not offer; use matrix = \"hessian\", or another model",
        curvature_title(kind)));
  auto Z = std::make_shared<Mat>(potential.dim(), probes);
  Rng rng(static_cast<std::uint64_t>(seed), "diagonal_flow");
  for (Index j = 0; j < probes; ++j) {
    rng.fill_normal(Z->col(j));
    Z->col(j) = Z->col(j).unaryExpr([](double x) { return x < 0.0 ? -1.0 : 1.0; });
  }
  return AnySystem(
      PreconditionedFlow(potential, [o = *this, kind, Z](const AnyPotential& p, In q, In b, Out x) {
        const auto C = p.at(q, kind);
        if (o.probes == 0)
          exact_diagonal(*C, x);
        else
          estimated_diagonal(*C, *Z, x);
        x = b.array() / (x.array().abs() + o.damping);
      }));
}

}  // namespace thalweg
