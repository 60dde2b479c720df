#include <thalweg/solvers/implicit/krylov_space.hpp>

#include <algorithm>
#include <cmath>
#include <thalweg/core/reduce.hpp>
#include <thalweg/solvers/error_norm.hpp>

namespace thalweg {

namespace {

constexpr Index most_doubles = Index{1} << 26;  // of V and J V together: 512 MiB
constexpr int most_iterations = 2000;           // of the deflated conjugate gradients
constexpr double smallest_pivot = 1e-12;
constexpr double eps = std::numeric_limits<double>::epsilon();

}  // namespace

KrylovSpace::KrylovSpace(const AnySystem& system, Index most_vectors)
    : system_(system), symmetric_(system.is_gradient_flow()) {
  const Index n = system.dim();
  const Index by_memory = std::max(Index{8}, most_doubles / (2 * n));
  capacity_ = std::min({most_vectors, by_memory, n});
}

void KrylovSpace::reset() {
  has_point_ = false;
  m_ = factored_ = 0;
  largest_ = 0.0;
}

void KrylovSpace::linearise(In x, double t) {
  if (V_.cols() == 0) {  // not before the method is in use: it may never be
    const Index n = x.size();
    V_.resize(n, capacity_);
    JV_.resize(n, capacity_);
    G_.setZero(capacity_, capacity_);
    LU_.setZero(capacity_, capacity_);
    for (Vec* v : {&x_, &f_, &p_, &Ap_, &shifted_}) v->setZero(n);
    for (Vec* v : {&y_, &u_, &w_}) v->setZero(capacity_);
  }
  x_ = x;
  t_ = t;
  m_ = factored_ = 0;
  largest_ = 0.0;
  has_point_ = true;
  if (!exact_products()) {
    // The given derivative may be off by the tolerance of a solution: differences would blow it up.
    system_.rhs(x_, f_, t_);
    return;
  }
  if (at_)
    at_->move_to(x, t);
  else
    at_ = system_.linearise(x, t);
}

void KrylovSpace::product(MatIn v, MatOut Jv) {
  ++products_;
  if (exact_products()) {
    at_->jvp(v, Jv);
    return;
  }
  // A shift of sqrt(eps) relative to the state balances rounding and curvature.
  const double size = v.col(0).norm();
  const double d = std::sqrt(eps) * std::max(norm(x_), 1e-8) / size;
  shifted_ = x_ + d * v.col(0);
  system_.rhs(shifted_, Jv.col(0), t_);
  Jv.col(0) = (Jv.col(0) - f_) / d;
}

// Row and column j of the factors of I - c G; false for a pivot that forbids the elimination.
bool KrylovSpace::append_to_factors(Index j) {
  auto LU = LU_.topLeftCorner(j, j);
  auto u = u_.head(j), w = w_.head(j);
  u = -c_ * G_.col(j).head(j);
  w = -c_ * G_.row(j).head(j).transpose();
  if (j > 0) {
    LU.triangularView<Eigen::UnitLower>().solveInPlace(u);
    LU.transpose().triangularView<Eigen::Lower>().solveInPlace(w);
  }
  const double pivot = 1.0 - c_ * G_(j, j) - u.dot(w);
  LU_.col(j).head(j) = u;
  LU_.row(j).head(j) = w.transpose();
  LU_(j, j) = pivot;
  if (symmetric_ ? !(pivot > smallest_pivot) : !(std::abs(pivot) > smallest_pivot)) return false;
  factored_ = j + 1;
  return true;
}

void KrylovSpace::set_shift(double c) {
  if (c == c_ && factored_ == m_) return;
  if (c != c_) factored_ = 0;
  c_ = c;
  while (factored_ < m_ && append_to_factors(factored_)) {
  }
}

void KrylovSpace::project(Vec& r, Vec& z) {
  if (m_ == 0) return;
  const auto V = V_.leftCols(m_);
  auto y = y_.head(m_);
  y.noalias() = V.transpose() * r;
  const auto LU = LU_.topLeftCorner(m_, m_);
  LU.triangularView<Eigen::UnitLower>().solveInPlace(y);
  LU.triangularView<Eigen::Upper>().solveInPlace(y);
  z.noalias() += V * y;
  r.noalias() -= V * y;
  y *= c_;
  r.noalias() += JV_.leftCols(m_) * y;
}

// Adds the part of r outside V to V; false when there is none or the pivot fails.
bool KrylovSpace::grow(const Vec& r) {
  const Index j = m_;
  auto v = V_.col(j);
  v = r;
  const double before = norm(v);
  for (int pass = 0; pass < 2 && j > 0; ++pass) {
    y_.head(j).noalias() = V_.leftCols(j).transpose() * v;
    v.noalias() -= V_.leftCols(j) * y_.head(j);
  }
  const double size = norm(v);
  if (!(size > 1e-10 * before)) return false;
  v /= size;
  product(V_.middleCols(j, 1), JV_.middleCols(j, 1));
  G_.col(j).head(j + 1).noalias() = V_.leftCols(j + 1).transpose() * JV_.col(j);
  if (symmetric_)
    G_.row(j).head(j) = G_.col(j).head(j).transpose();
  else
    G_.row(j).head(j).noalias() = V_.col(j).transpose() * JV_.leftCols(j);
  if (!std::isfinite(G_(j, j))) return false;
  largest_ = std::max(largest_, norm(JV_.col(j)));
  m_ = j + 1;
  return append_to_factors(j);
}

KrylovSpace::Result KrylovSpace::solve(double c, Vec& r, Vec& z, In x, const StepControl& control,
                                       double tolerance) {
  z.setZero();
  set_shift(c);
  const auto no = symmetric_ ? Result::indefinite : Result::failed;
  if (factored_ < m_) return no;
  project(r, z);
  if (m_ == 0 && scaled_norm(r, x, control.rtol, control.atol) <= tolerance) {
    z = r;  // nothing is known of J: a fixed-point iteration
    return Result::solved;
  }
  while (scaled_norm(r, x, control.rtol, control.atol) > tolerance) {
    if (m_ == capacity())
      return symmetric_ && m_ < r.size() ? conjugate_gradients(r, z, x, control, tolerance)
                                         : Result::failed;
    if (!grow(r)) return factored_ < m_ ? no : Result::failed;
    project(r, z);
  }
  return Result::solved;
}

KrylovSpace::Result KrylovSpace::conjugate_gradients(Vec& r, Vec& z, In x,
                                                     const StepControl& control, double tolerance) {
  const auto V = V_.leftCols(m_), JV = JV_.leftCols(m_);
  const auto LU = LU_.topLeftCorner(m_, m_);
  auto y = y_.head(m_);
  // y = (V' A V)^{-1} V' A r
  const auto coefficients = [&] {
    y.noalias() = JV.transpose() * r;
    y *= -c_;
    y.noalias() += V.transpose() * r;
    LU.triangularView<Eigen::UnitLower>().solveInPlace(y);
    LU.triangularView<Eigen::Upper>().solveInPlace(y);
  };
  coefficients();
  p_ = r;
  p_.noalias() -= V * y;
  double rr = dot(r, r);
  for (int i = 0; i < most_iterations; ++i) {
    Eigen::Map<Mat> p(p_.data(), p_.size(), 1), Ap(Ap_.data(), Ap_.size(), 1);
    product(p, Ap);
    Ap_ = p_ - c_ * Ap_;
    const double curvature = dot(p_, Ap_);
    if (!std::isfinite(curvature)) return Result::failed;
    if (!(curvature > 0.0)) return Result::indefinite;
    const double alpha = rr / curvature;
    z += alpha * p_;
    r -= alpha * Ap_;
    if (scaled_norm(r, x, control.rtol, control.atol) <= tolerance) return Result::solved;
    const double before = rr;
    rr = dot(r, r);
    coefficients();
    p_ = r + (rr / before) * p_;
    p_.noalias() -= V * y;
  }
  return Result::failed;
}

void KrylovSpace::filter(double c, Vec& r) {
  set_shift(c);
  if (m_ == 0 || factored_ < m_) return;
  const auto V = V_.leftCols(m_);
  auto y = y_.head(m_), u = u_.head(m_);
  y.noalias() = V.transpose() * r;
  u = y;
  const auto LU = LU_.topLeftCorner(m_, m_);
  LU.triangularView<Eigen::UnitLower>().solveInPlace(y);
  LU.triangularView<Eigen::Upper>().solveInPlace(y);
  y -= u;
  r.noalias() += V * y;
}

void KrylovSpace::save(Archive& a, const std::string& p) const {
  a.put(p + "krylov.has_point", std::int64_t{has_point_});
  a.put(p + "krylov.size", std::int64_t{m_});
  a.put(p + "krylov.products", products_);
  if (!has_point_) return;
  a.put(p + "krylov.x", x_);
  a.put(p + "krylov.t", t_);
  a.put(p + "krylov.largest", largest_);
  a.put(p + "krylov.V", V_.leftCols(m_).reshaped());
  a.put(p + "krylov.JV", JV_.leftCols(m_).reshaped());
  const Mat G = G_.topLeftCorner(m_, m_);
  a.put(p + "krylov.G", G.reshaped());
}

// The factors are computed again, with the bits of the first time.
void KrylovSpace::load(const Archive& a, const std::string& p) {
  reset();
  products_ = a.integer(p + "krylov.products");
  if (a.integer(p + "krylov.has_point") == 0) return;
  const auto counts = system_.counts();  // what was counted when it was done
  linearise(a.vector(p + "krylov.x"), a.real(p + "krylov.t"));
  system_.set_counts(counts);
  m_ = a.integer(p + "krylov.size");
  largest_ = a.real(p + "krylov.largest");
  V_.leftCols(m_).reshaped() = a.vector(p + "krylov.V");
  JV_.leftCols(m_).reshaped() = a.vector(p + "krylov.JV");
  G_.topLeftCorner(m_, m_).reshaped() = a.vector(p + "krylov.G");
}

}  // namespace thalweg
