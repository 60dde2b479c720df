#include <thalweg/models/variational/gaussian_family.hpp>

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>

namespace thalweg {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

GaussianFamily::GaussianFamily(Kind kind, Index d, Index rank)
    : kind_(kind), d_(d), rank_(kind == Kind::low_rank ? rank : 0) {}

Index GaussianFamily::size() const {
  if (kind_ == Kind::full_rank) return 2 * d_ + d_ * (d_ - 1) / 2;
  return 2 * d_ + d_ * rank_;
}

Layout GaussianFamily::layout(Index offset, const std::string& suffix) const {
  const bool full = kind_ == Kind::full_rank;
  Layout blocks{{"mean" + suffix, offset, {d_}, "1", {}},
                {(full ? "log_diagonal" : "log_sd") + suffix, offset + d_, {d_}, "1", {}}};
  if (full && d_ > 1)
    blocks.push_back({"lower" + suffix, offset + 2 * d_, {d_ * (d_ - 1) / 2}, "1", {}});
  if (kind_ == Kind::low_rank)
    blocks.push_back({"factors" + suffix, offset + 2 * d_, {d_, rank_}, "1", {}});
  return blocks;
}

void GaussianFamily::start(In mean, double sd, Out w) const {
  w.setZero();
  w.head(d_) = mean;
  w.segment(d_, d_).setConstant(std::log(sd));
  for (Index j = 0; j < rank_; ++j) w[2 * d_ + j * rank_ + j] = 0.1 * sd;
}

void GaussianFamily::transform(In w, In z, Out theta) const {
  theta.array() = w.head(d_).array() + w.segment(d_, d_).array().exp() * z.head(d_).array();
  if (kind_ == Kind::full_rank)
    for (Index i = 1; i < d_; ++i) theta[i] += w.segment(row(i), i).dot(z.head(i));
  if (rank_ > 0)
    theta.noalias() += Eigen::Map<const RowMajor>(w.data() + 2 * d_, d_, rank_) * z.tail(rank_);
}

void GaussianFamily::pull_back(In w, In z, In u, double weight, Out g) const {
  g.head(d_) += weight * u;
  g.segment(d_, d_).array() +=
      weight * u.array() * z.head(d_).array() * w.segment(d_, d_).array().exp();
  if (kind_ == Kind::full_rank)
    for (Index i = 1; i < d_; ++i) g.segment(row(i), i) += (weight * u[i]) * z.head(i);
  if (rank_ > 0)
    Eigen::Map<RowMajor>(g.data() + 2 * d_, d_, rank_).noalias() +=
        (weight * u) * z.tail(rank_).transpose();
}

void GaussianFamily::factor(In w, Mat& R) const {
  R.setZero(d_, normals());
  R.diagonal() = w.segment(d_, d_).array().exp();
  if (kind_ == Kind::full_rank)
    for (Index i = 1; i < d_; ++i) R.row(i).head(i) = w.segment(row(i), i).transpose();
  if (rank_ > 0) R.rightCols(rank_) = Eigen::Map<const RowMajor>(w.data() + 2 * d_, d_, rank_);
}

void GaussianFamily::pull_back_factor(In w, const Mat& dR, Out g) const {
  g.segment(d_, d_).array() += dR.leftCols(d_).diagonal().array() * w.segment(d_, d_).array().exp();
  if (kind_ == Kind::full_rank)
    for (Index i = 1; i < d_; ++i) g.segment(row(i), i) += dR.row(i).head(i).transpose();
  if (rank_ > 0) Eigen::Map<RowMajor>(g.data() + 2 * d_, d_, rank_) += dR.rightCols(rank_);
}

void GaussianFamily::transform_tangent(In w, In z, In v, Out theta) const {
  theta.array() = v.head(d_).array() +
                  w.segment(d_, d_).array().exp() * v.segment(d_, d_).array() * z.head(d_).array();
  if (kind_ == Kind::full_rank)
    for (Index i = 1; i < d_; ++i) theta[i] += v.segment(row(i), i).dot(z.head(i));
  if (rank_ > 0)
    theta.noalias() += Eigen::Map<const RowMajor>(v.data() + 2 * d_, d_, rank_) * z.tail(rank_);
}

void GaussianFamily::factor_tangent(In w, In v, Mat& R) const {
  factor(v, R);
  R.diagonal() = w.segment(d_, d_).array().exp() * v.segment(d_, d_).array();
}

void GaussianFamily::pull_back_tangent(In w, In z, In u, In v, double weight, Out g) const {
  g.segment(d_, d_).array() += weight * u.array() * z.head(d_).array() *
                               w.segment(d_, d_).array().exp() * v.segment(d_, d_).array();
}

void GaussianFamily::pull_back_factor_tangent(In w, const Mat& dR, In v, Out g) const {
  g.segment(d_, d_).array() += dR.leftCols(d_).diagonal().array() *
                               w.segment(d_, d_).array().exp() * v.segment(d_, d_).array();
}

double GaussianFamily::entropy(In w, double scale, Out g) const {
  const auto rho = w.segment(d_, d_);
  double S = 0.5 * static_cast<double>(d_) * (1.0 + std::log(2.0 * std::numbers::pi)) + rho.sum();
  g.segment(d_, d_).array() += scale;
  if (rank_ == 0) return S;
  // ln det(D^2 + B B') = 2 sum rho + ln det M, M = 1 + C' C, C = D^-1 B.
  const Mat C = (-rho.array()).exp().matrix().asDiagonal() *
                Eigen::Map<const RowMajor>(w.data() + 2 * d_, d_, rank_);
  const Eigen::LLT<Mat> M(Mat::Identity(rank_, rank_) + C.transpose() * C);
  S += M.matrixLLT().diagonal().array().log().sum();
  const Mat CM = M.solve(C.transpose()).transpose();  // C M^-1; S^-1 B = D^-1 C M^-1
  g.segment(d_, d_).array() -= scale * CM.cwiseProduct(C).rowwise().sum().array();
  Eigen::Map<RowMajor>(g.data() + 2 * d_, d_, rank_) +=
      scale * ((-rho.array()).exp().matrix().asDiagonal() * CM);
  return S;
}

void GaussianFamily::entropy_hvp(In w, In v, double scale, Out Hv) const {
  if (rank_ == 0) return;  // S is linear in rho
  // S^-1 = D^-2 - K A' (Woodbury) with A = D^-2 B, M = 1 + B' A, K = A M^-1 = S^-1 B, and
  // dS/drho_i = (S^-1)_ii D_i^2 = 1 - (K A')_ii D_i^2, dS/dB = K.
  const auto rho = w.segment(d_, d_), drho = v.segment(d_, d_);
  const Eigen::Map<const RowMajor> B(w.data() + 2 * d_, d_, rank_);
  const Eigen::Map<const RowMajor> dB(v.data() + 2 * d_, d_, rank_);
  const Vec variance = (2.0 * rho.array()).exp();
  const Mat A = variance.cwiseInverse().asDiagonal() * B;
  Mat dA = variance.cwiseInverse().asDiagonal() * dB;
  dA -= 2.0 * (drho.asDiagonal() * A);
  const Eigen::LLT<Mat> M(Mat::Identity(rank_, rank_) + B.transpose() * A);
  const Mat dM = dB.transpose() * A + B.transpose() * dA;
  const Mat K = M.solve(A.transpose()).transpose();
  const Mat dK = M.solve((dA - K * dM).transpose()).transpose();
  const Vec overlap = K.cwiseProduct(A).rowwise().sum();
  const Vec change = (dK.cwiseProduct(A) + K.cwiseProduct(dA)).rowwise().sum();
  Hv.segment(d_, d_).array() -=
      scale * variance.array() * (change.array() + 2.0 * drho.array() * overlap.array());
  Eigen::Map<RowMajor>(Hv.data() + 2 * d_, d_, rank_) += scale * dK;
}

Mat GaussianFamily::covariance(In w) const {
  Mat R;
  factor(w, R);
  return R * R.transpose();
}

}  // namespace thalweg
