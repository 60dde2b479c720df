#include <thalweg/models/variational/expected_energy.hpp>

#include <cmath>

namespace thalweg {

namespace {

class AlongPredictors final : public ExpectedEnergy {
 public:
  AlongPredictors(std::shared_ptr<const LinearPredictors> predictors, const GaussianFamily& family,
                  Index nodes)
      : glm_(std::move(predictors)), family_(family), rule_(gauss_hermite(nodes)) {}

  // With G = P + X' diag(E phi'') X, d<U>/dS = G/2 and d<U>/dR = G R (Price's theorem).
  double operator()(In w, Out g) const override {
    const Mat& X = glm_->design();
    const Index d = family_.dim(), n = X.rows();
    thread_local Mat R, XR, weighted;
    thread_local Vec eta, away, slope, bend;
    family_.factor(w, R);
    XR.noalias() = X * R;
    eta.noalias() = X * w.head(d);
    slope.resize(n);
    bend.resize(n);
    away = w.head(d) - glm_->prior_mean();
    const auto precision = glm_->prior_precision().array();
    double U = glm_->constant() + 0.5 * (precision * away.array().square()).sum() +
               0.5 * (precision * R.rowwise().squaredNorm().array()).sum();
    for (Index i = 0; i < n; ++i) {
      const double sd = XR.row(i).norm();
      double mean = 0.0, first = 0.0, second = 0.0;
      for (Index k = 0; k < rule_.nodes.size(); ++k) {
        double f = 0.0, f1 = 0.0, f2 = 0.0;
        glm_->phi(i, eta[i] + sd * rule_.nodes[k], f, f1, f2);
        mean += rule_.weights[k] * f;
        first += rule_.weights[k] * f1;
        second += rule_.weights[k] * f2;
      }
      U += mean;
      slope[i] = first;
      bend[i] = second;
    }
    g.head(d).noalias() += X.transpose() * slope;
    g.head(d).array() += precision * away.array();
    weighted = bend.asDiagonal() * XR;
    XR.noalias() = X.transpose() * weighted;  // (d, normals): the shape of R
    XR += precision.matrix().asDiagonal() * R;
    family_.pull_back_factor(w, XR, g);
    return U;
  }

 private:
  std::shared_ptr<const LinearPredictors> glm_;
  GaussianFamily family_;
  Quadrature rule_;
};

class CommonDraws final : public ExpectedEnergy {
 public:
  CommonDraws(const AnyPotential& potential, const GaussianFamily& family, Index draws,
              std::uint64_t seed)
      : potential_(potential), family_(family), z_(family.normals(), 2 * draws) {
    Rng rng(seed, "variational.draws");
    for (Index k = 0; k < draws; ++k) {
      rng.fill_normal(z_.col(2 * k));
      z_.col(2 * k + 1) = -z_.col(2 * k);
    }
  }

  double operator()(In w, Out g) const override {
    thread_local Vec theta, u;
    theta.resize(family_.dim());
    u.resize(family_.dim());
    const double weight = 1.0 / static_cast<double>(z_.cols());
    double U = 0.0;
    for (Index k = 0; k < z_.cols(); ++k) {
      family_.transform(w, z_.col(k), theta);
      U += weight * potential_.value_and_gradient(theta, u);
      family_.pull_back(w, z_.col(k), u, weight, g);
    }
    return U;
  }

 private:
  AnyPotential potential_;
  GaussianFamily family_;
  Mat z_;
};

}  // namespace

std::unique_ptr<ExpectedEnergy> gauss_hermite_energy(
    std::shared_ptr<const LinearPredictors> predictors, const GaussianFamily& family, Index nodes) {
  return std::make_unique<AlongPredictors>(std::move(predictors), family, nodes);
}

std::unique_ptr<ExpectedEnergy> common_draws_energy(const AnyPotential& potential,
                                                    const GaussianFamily& family, Index draws,
                                                    std::uint64_t seed) {
  return std::make_unique<CommonDraws>(potential, family, draws, seed);
}

}  // namespace thalweg
