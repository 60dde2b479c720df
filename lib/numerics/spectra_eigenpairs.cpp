#include <Spectra/SymEigsSolver.h>
#include <thalweg/numerics/spectra_eigenpairs.hpp>

#include <algorithm>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

namespace {

struct NoProductsLeft {};

// What Spectra calls a matrix operation.
class Operation {
 public:
  using Scalar = double;
  Operation(const SymmetricProduct& A, Index dim, Index most) : A_(A), dim_(dim), most_(most) {}

  [[nodiscard]] Index rows() const { return dim_; }
  [[nodiscard]] Index cols() const { return dim_; }
  void perform_op(const double* in, double* out) const {
    if (products_ >= most_) throw NoProductsLeft{};
    ++products_;
    Eigen::Map<Mat> result(out, dim_, 1);
    A_(Eigen::Map<const Mat>(in, dim_, 1), result);
    if (!all_finite(result.col(0))) throw SolveError("a Hessian product is not finite");
    result -= shift_ * Eigen::Map<const Mat>(in, dim_, 1);
  }
  void shift_by(double sigma) { shift_ = sigma; }
  [[nodiscard]] Index products() const { return products_; }

 private:
  const SymmetricProduct& A_;
  Index dim_, most_;
  double shift_ = 0.0;
  mutable Index products_ = 0;
};

}  // namespace

EigenPairs spectra_eigenpairs(const SymmetricProduct& A, Index dim, const LanczosOptions& options,
                              Rng& rng) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const Index wanted = std::min(dim, options.largest + options.smallest);
  const Index largest = std::min(options.largest, wanted), smallest = wanted - largest;
  EigenPairs found;
  found.values.setConstant(wanted, nan);
  found.residuals.setConstant(wanted, nan);
  found.vectors.setZero(dim, wanted);
  found.converged.assign(static_cast<std::size_t>(wanted), false);

  // A product for each residual, and for the shift, is set aside.
  Operation op(A, dim, options.max_products - wanted - 1);
  Vec start(dim);
  // Unit vectors of `count` pairs at an end; none when the products do not suffice.
  const auto search = [&](Index count, Spectra::SortRule rule, double tolerance) {
    const Index basis = std::min(dim, std::max(options.basis, 2 * count + 1));
    Spectra::SymEigsSolver<Operation> solver(op, count, basis);
    rng.fill_normal(start);
    try {
      solver.init(start.data());
      solver.compute(rule, options.max_products, tolerance, rule);
    } catch (const NoProductsLeft&) {
      return Mat(dim, 0);
    }
    return Mat(solver.eigenvectors());
  };
  const auto keep = [&](const Mat& vectors, Index at, Index most) {
    const Index n = std::min(most, vectors.cols());
    found.vectors.middleCols(at, n) = vectors.leftCols(n);
    found.values.segment(at, n).setZero();  // known below
  };
  if (dim == 1) {
    keep(Mat::Ones(1, 1), 0, 1);
  } else {
    // Spectra gives at most dim - 1 pairs. It measures a residual against the pair's own value,
    // which for eigenvalues near zero asks for more than any use: shifted by the largest value, the
    // other end is measured against that.
    const Index top = std::min(std::max<Index>(largest, 1), dim - 1);
    const Mat up = search(top, Spectra::SortRule::LargestAlge, options.tolerance);
    keep(up, 0, largest);
    if (smallest > 0 && up.cols() > 0) {
      Mat Au(dim, 1);
      A(up.leftCols(1), Au);
      ++found.products;
      op.shift_by(dot(up.col(0), Au.col(0)));
      keep(search(std::min(smallest, dim - 1), Spectra::SortRule::SmallestAlge, options.tolerance),
           largest, smallest);
    }
  }
  found.products += op.products();
  Mat Au(dim, 1);
  for (Index i = 0; i < wanted; ++i) {
    if (std::isnan(found.values[i])) continue;
    const auto u = found.vectors.col(i);
    A(found.vectors.middleCols(i, 1), Au);
    ++found.products;
    found.values[i] = dot(u, Au.col(0));
    found.scale = std::max(found.scale, std::abs(found.values[i]));
    found.residuals[i] = norm(Vec(Au.col(0) - found.values[i] * u));
  }
  for (Index i = 0; i < wanted; ++i) {
    const bool met = found.residuals[i] <= options.tolerance * found.scale;  // false for NaN
    found.converged[static_cast<std::size_t>(i)] = met;
    if (!met) found.values[i] = nan;
  }
  found.iterations.assign(static_cast<std::size_t>(wanted), found.products);
  found.continued = found.vectors;
  return found;
}

}  // namespace thalweg
