#include <thalweg/models/variational/gradient_variance.hpp>

#include <Eigen/Cholesky>

namespace thalweg {

namespace {

double total_variance(const Mat& samples) {
  const Vec mean = samples.rowwise().mean();
  return (samples.colwise() - mean).squaredNorm() / static_cast<double>(samples.cols() - 1);
}

}  // namespace

GradientVariance gradient_variance(const AnyPotential& potential, const GaussianFamily& family,
                                   In w, Index draws, std::uint64_t seed) {
  Rng rng(seed, "variational.gradient_variance");
  const Index d = family.dim();
  Mat R, dR;
  family.factor(w, R);
  const Eigen::LLT<Mat> S(R * R.transpose());
  const Mat by_R = S.solve(R);  // S^-1 R
  Mat moved = Mat::Zero(family.size(), draws), scored = moved;
  Vec U(draws), z(family.normals()), theta(d), u(d), pull(d);
  for (Index k = 0; k < draws; ++k) {
    rng.fill_normal(z);
    family.transform(w, z, theta);
    U[k] = potential.value_and_gradient(theta, u);
    family.pull_back(w, z, u, 1.0, moved.col(k));
    // d ln q/dm = S^-1 R z = p, d ln q/dR = (p p' - S^-1) R
    pull.noalias() = by_R * z;
    scored.col(k).head(d) = pull;
    dR = pull * (R.transpose() * pull).transpose() - by_R;
    family.pull_back_factor(w, dR, scored.col(k));
  }
  const double mean = U.mean();
  for (Index k = 0; k < draws; ++k) scored.col(k) *= U[k] - mean;
  return {total_variance(moved), total_variance(scored)};
}

}  // namespace thalweg
