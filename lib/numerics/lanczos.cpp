#include <thalweg/numerics/lanczos.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// A Q = Q H + P C with orthonormal [Q P]: Q has been multiplied, P is still pending. Columns of one
// array: the first m are Q, the next p are P.
class KrylovSpace {
 public:
  KrylovSpace(const SymmetricProduct& A, Index dim, Index basis, Rng& rng)
      : A_(A), rng_(rng), V_(dim, basis + 2), H_(Mat::Zero(basis, basis)) {}

  [[nodiscard]] Index size() const { return m_; }
  [[nodiscard]] Index pending() const { return p_; }
  [[nodiscard]] bool full() const { return m_ == H_.cols() || m_ + p_ == V_.cols(); }
  [[nodiscard]] bool complete() const { return m_ == V_.rows(); }
  [[nodiscard]] auto H() const { return H_.topLeftCorner(m_, m_); }
  [[nodiscard]] auto Q() const { return V_.leftCols(m_); }
  // The largest |q' A p - p' A q| that was seen, q of Q and p multiplied after it.
  [[nodiscard]] double asymmetry() const { return asymmetry_; }

  // Adds v to what is pending, unless the space holds it already.
  bool append(In v) {
    const Index at = m_ + p_;
    if (at >= V_.rows() || at >= V_.cols()) return false;
    const double size = norm(v);
    if (!(size > 0.0)) return false;
    V_.col(at) = v / size;
    Vec ignored;
    orthogonalise(V_.col(at), at, ignored);
    const double left = norm(V_.col(at));
    if (left < 1e-8) return false;  // closer than that, what is left is rounding
    V_.col(at) /= left;
    orthogonalise(V_.col(at), at, ignored);
    V_.col(at).normalize();
    grow(C_, p_ + 1, m_);
    ++p_;
    ++fresh_;
    return true;
  }

  bool append_random() {
    Vec v(V_.rows());
    rng_.fill_normal(v);
    return append(v);
  }

  // Multiplies the first pending vector.
  void step() {
    const Index n = V_.rows();
    w_.resize(n, 1);
    A_(V_.middleCols(m_, 1), w_);
    if (!all_finite(w_.col(0))) throw SolveError("a Hessian product is not finite");
    Vec h;
    const double before = norm(w_.col(0));
    orthogonalise(w_.col(0), m_ + p_, h);
    asymmetry_ = std::max(asymmetry_, norm(Vec(h.head(m_) - C_.row(0).transpose())));
    // The pending vector becomes the last of Q, its row of C the new row of H.
    for (Index i = 0; i <= m_; ++i) H_(i, m_) = H_(m_, i) = h[i];
    Mat C = Mat::Zero(p_, m_ + 1);
    C.topLeftCorner(p_ - 1, m_) = C_.bottomLeftCorner(p_ - 1, m_);
    C.col(m_).head(p_ - 1) = h.tail(p_ - 1);
    ++m_;
    --p_;
    fresh_ = std::max<Index>(fresh_ - 1, 0);
    const double beta = norm(w_.col(0));
    if (beta > 10.0 * epsilon * before * std::sqrt(static_cast<double>(n)) && m_ + p_ < V_.cols() &&
        m_ + p_ < n) {
      V_.col(m_ + p_) = w_.col(0) / beta;
      // Rounding of size `before` has been left; it matters where little else has.
      if (beta < 1e-2 * before) {
        Vec ignored;
        orthogonalise(V_.col(m_ + p_), m_ + p_, ignored);
        V_.col(m_ + p_).normalize();
      }
      C(p_, m_ - 1) = beta;
      ++p_;
      C_ = C;
    } else {
      C_ = C.topRows(p_);
    }
  }

  // Keeps Q S with A Q S = Q S diag(theta) + P C S.
  void restart(const Mat& S, const Vec& theta) {
    const Index keep = S.cols();
    const Mat kept = Q() * S;
    for (Index j = 0; j < p_; ++j) V_.col(keep + j) = Vec(V_.col(m_ + j));
    V_.leftCols(keep) = kept;
    H_.setZero();
    H_.diagonal().head(keep) = theta;
    C_ = Mat(C_ * S);
    m_ = keep;
  }

  [[nodiscard]] double residual(In s) const { return p_ > 0 ? norm(Vec(C_ * s)) : 0.0; }
  // A Q s - Q H s, of an eigenvector s of H.
  [[nodiscard]] Vec residual_vector(In s) const { return V_.middleCols(m_, p_) * (C_ * s); }

  // Turns what is pending, unless a given vector is among it, so that the first of it is the main
  // direction of the residuals of Q S: a reflection that takes it to the first axis.
  void turn_to(const Mat& S) {
    if (p_ < 2 || fresh_ > 0) return;
    const Mat R = C_ * S;
    Vec w = symmetric_eigen(Mat(R * R.transpose())).vectors.col(p_ - 1);
    w[0] += std::copysign(1.0, w[0]);
    w.normalize();
    auto P = V_.middleCols(m_, p_);
    const Vec Pw = P * w;
    P.noalias() -= 2.0 * Pw * w.transpose();
    C_ -= Mat(2.0 * w * (w.transpose() * C_));
  }

 private:
  // v -= V_ (V_' v) over the first `count` columns, twice; the coefficients are added up in h.
  void orthogonalise(Out v, Index count, Vec& h) {
    const auto B = V_.leftCols(count);
    h = B.transpose() * v;
    v -= B * h;
    const Vec again = B.transpose() * v;
    v -= B * again;
    h += again;
  }

  static void grow(Mat& C, Index rows, Index cols) {
    Mat larger = Mat::Zero(rows, cols);
    larger.topLeftCorner(C.rows(), std::min(cols, C.cols())) = C.leftCols(std::min(cols, C.cols()));
    C = std::move(larger);
  }

  const SymmetricProduct& A_;
  Rng& rng_;
  Mat V_, H_, C_, w_;
  Index m_ = 0, p_ = 0, fresh_ = 0;  // fresh: pending as they were given, not as residuals
  double asymmetry_ = 0.0;
};

}  // namespace

bool EigenPairs::all_converged() const {
  return std::all_of(converged.begin(), converged.end(), [](bool c) { return c; });
}

EigenPairs lanczos(const SymmetricProduct& A, Index dim, MatIn start, const LanczosOptions& options,
                   Rng& rng) {
  const Index wanted = std::min(dim, options.largest + options.smallest);
  const Index largest = std::min(options.largest, wanted), smallest = wanted - largest;
  const Index basis = std::min(dim, std::max(options.basis, 2 * wanted + 8) + wanted);
  KrylovSpace space(A, dim, basis, rng);
  for (Index j = 0; j < start.cols(); ++j) space.append(start.col(j));
  if (space.pending() == 0) space.append_random();

  EigenPairs found;
  found.iterations.assign(static_cast<std::size_t>(wanted), 0);
  Index probe_left = options.probe;
  SymmetricEigen ritz;
  double scale = 0.0;
  // The wanted columns of `ritz`, in the order of the result.
  const auto column = [&](Index i) { return i < largest ? space.size() - 1 - i : i - largest; };
  const auto residual = [&](Index i) { return space.residual(ritz.vectors.col(column(i))); };

  while (true) {
    space.step();
    ++found.products;
    ritz = symmetric_eigen(space.H());
    scale = ritz.values.cwiseAbs().maxCoeff();
    found.symmetric = !(space.asymmetry() > options.asymmetry * scale);  // no limit: inf * 0
    if (!found.symmetric) break;
    bool done = space.size() >= wanted;
    for (Index i = 0; space.size() >= wanted && i < wanted; ++i) {
      auto& met_after = found.iterations[static_cast<std::size_t>(i)];
      const bool met = residual(i) <= options.tolerance * scale;
      met_after = !met ? 0 : met_after == 0 ? found.products : met_after;
      done = done && met;
    }
    if (space.complete() || found.products >= options.max_products) break;
    if (done && probe_left <= 0) break;
    if (done && probe_left == options.probe && space.pending() < 2) space.append_random();
    if (done || probe_left < options.probe) --probe_left;
    if (space.pending() == 0 && !space.append_random()) break;
    if (options.refine && !done && probe_left == options.probe && space.size() >= wanted) {
      std::vector<Index> open;
      for (Index i = 0; i < wanted; ++i)
        if (residual(i) > options.tolerance * scale) open.push_back(column(i));
      space.turn_to(ritz.vectors(Eigen::all, open));
    }
    if (space.full()) {
      // Both ends, a few more than wanted: what is nearest to the wanted ones slows them most.
      const Index keep = std::min(space.size() - 1, wanted + 4);
      const Index low = std::min(smallest + 2, keep - std::min(keep, largest + 1)),
                  high = keep - low;
      Mat S(space.size(), keep);
      Vec theta(keep);
      S << ritz.vectors.leftCols(low), ritz.vectors.rightCols(high);
      theta << ritz.values.head(low), ritz.values.tail(high);
      space.restart(S, theta);
    }
  }

  found.scale = scale;
  std::replace(found.iterations.begin(), found.iterations.end(), Index{0}, found.products);
  found.values.setConstant(wanted, std::numeric_limits<double>::quiet_NaN());
  found.residuals.setConstant(wanted, std::numeric_limits<double>::quiet_NaN());
  found.vectors.setZero(dim, wanted);
  found.continued.setZero(dim, wanted);
  // The largest magnitude that is not wanted.
  double rest = 0.0;
  for (Index j = smallest; j < space.size() - largest; ++j)
    rest = std::max(rest, std::abs(ritz.values[j]));
  found.converged.assign(static_cast<std::size_t>(wanted), false);
  for (Index i = 0; i < std::min(wanted, space.size()); ++i) {
    found.vectors.col(i) = space.Q() * ritz.vectors.col(column(i));
    found.residuals[i] = residual(i);
    found.continued.col(i) = found.vectors.col(i);
    const double value = ritz.values[column(i)];
    if (space.pending() > 0 && std::abs(value) > rest)
      found.continued.col(i) += space.residual_vector(ritz.vectors.col(column(i))) / value;
    found.continued.col(i).normalize();
    if (found.residuals[i] > options.tolerance * scale) continue;
    found.converged[static_cast<std::size_t>(i)] = true;
    found.values[i] = ritz.values[column(i)];
  }
  return found;
}

}  // namespace thalweg
