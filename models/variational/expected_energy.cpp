#include <thalweg/models/variational/expected_energy.hpp>

#include <cmath>
#include <vector>

namespace thalweg {

namespace {

// What the predictors' integrals give at one member: <phi'>, <phi''> and, for the Hessian, the
// third derivative by parts: <phi'''> = <phi'' x>/sd, <phi''' x> = <phi''(x^2 - 1)>/sd, x standard
// normal.
struct Integrals {
  Mat R, XR;
  Vec sd, slope, bend, bend_by_mean, bend_by_sd;
};

class AlongPredictors final : public ExpectedEnergy {
 public:
  AlongPredictors(std::shared_ptr<const LinearPredictors> predictors, const GaussianFamily& family,
                  Index nodes)
      : glm_(std::move(predictors)), family_(family), rule_(gauss_hermite(nodes)) {}

  // With G = P + X' diag(E phi'') X, d<U>/dS = G/2 and d<U>/dR = G R (Price's theorem).
  double operator()(In w, Out g) const override {
    thread_local Integrals at;
    thread_local Mat weighted, G_R;
    const Mat& X = glm_->design();
    const Index d = family_.dim();
    double U = integrate(w, at);
    const auto precision = glm_->prior_precision().array();
    const auto away = (w.head(d) - glm_->prior_mean()).array();
    U += glm_->constant() + 0.5 * (precision * away.square()).sum() +
         0.5 * (precision * at.R.rowwise().squaredNorm().array()).sum();
    g.head(d).noalias() += X.transpose() * at.slope;
    g.head(d).array() += precision * away;
    weighted = at.bend.asDiagonal() * at.XR;
    G_R.noalias() = X.transpose() * weighted;  // (d, normals): the shape of R
    G_R += precision.matrix().asDiagonal() * at.R;
    family_.pull_back_factor(w, G_R, g);
    return U;
  }

  [[nodiscard]] bool has_hessian() const override { return true; }
  [[nodiscard]] std::unique_ptr<Curvature> at(In w) const override {
    return std::make_unique<Bending>(*this, w);
  }

 private:
  // <sum_i phi_i>, and the rest in `at`.
  double integrate(In w, Integrals& at) const {
    const Mat& X = glm_->design();
    const Index n = X.rows();
    family_.factor(w, at.R);
    at.XR.noalias() = X * at.R;
    for (Vec* v : {&at.sd, &at.slope, &at.bend, &at.bend_by_mean, &at.bend_by_sd}) v->resize(n);
    double U = 0.0;
    for (Index i = 0; i < n; ++i) {
      const double eta = X.row(i).dot(w.head(family_.dim())), sd = at.XR.row(i).norm();
      double mean = 0.0, first = 0.0, second = 0.0, third = 0.0, fourth = 0.0;
      for (Index k = 0; k < rule_.nodes.size(); ++k) {
        double f = 0.0, f1 = 0.0, f2 = 0.0;
        const double x = rule_.nodes[k], p = rule_.weights[k];
        glm_->phi(i, eta + sd * x, f, f1, f2);
        mean += p * f;
        first += p * f1;
        second += p * f2;
        third += p * f2 * x;
        fourth += p * f2 * (x * x - 1.0);
      }
      U += mean;
      at.sd[i] = sd;
      at.slope[i] = first;
      at.bend[i] = second;
      at.bend_by_mean[i] = sd > 0.0 ? third / sd : 0.0;
      at.bend_by_sd[i] = sd > 0.0 ? fourth / sd : 0.0;
    }
    return U;
  }

  class Bending final : public Curvature {
   public:
    Bending(const AlongPredictors& energy, In w) : energy_(energy), w_(w) {
      energy.integrate(w, at_);
      const auto& glm = *energy.glm_;
      weighted_ = at_.bend.asDiagonal() * at_.XR;
      G_R_.noalias() = glm.design().transpose() * weighted_;
      G_R_ += glm.prior_precision().asDiagonal() * at_.R;
    }

    void hvp(MatIn V, MatOut HV) override {
      const auto& family = energy_.family_;
      const auto& glm = *energy_.glm_;
      const Mat& X = glm.design();
      const Index d = family.dim();
      HV.setZero();
      for (Index j = 0; j < V.cols(); ++j) {
        const auto v = V.col(j);
        family.factor_tangent(w_, v, dR_);
        dXR_.noalias() = X * dR_;
        deta_.noalias() = X * v.head(d);
        // sd dsd = XR . dXR
        dsd_ = at_.XR.cwiseProduct(dXR_).rowwise().sum();
        for (Index i = 0; i < dsd_.size(); ++i)
          dsd_[i] = at_.sd[i] > 0.0 ? dsd_[i] / at_.sd[i] : 0.0;
        // d<phi'> = <phi''> deta + <phi'' x> dsd
        dslope_ =
            at_.bend.cwiseProduct(deta_) + at_.bend_by_mean.cwiseProduct(at_.sd).cwiseProduct(dsd_);
        dbend_ = at_.bend_by_mean.cwiseProduct(deta_) + at_.bend_by_sd.cwiseProduct(dsd_);
        HV.col(j).head(d).noalias() += X.transpose() * dslope_;
        HV.col(j).head(d) += glm.prior_precision().cwiseProduct(v.head(d));
        weighted_ = dbend_.asDiagonal() * at_.XR;
        weighted_ += at_.bend.asDiagonal() * dXR_;
        dG_R_.noalias() = X.transpose() * weighted_;
        dG_R_ += glm.prior_precision().asDiagonal() * dR_;
        family.pull_back_factor(w_, dG_R_, HV.col(j));
        family.pull_back_factor_tangent(w_, G_R_, v, HV.col(j));
      }
    }

   private:
    const AlongPredictors& energy_;
    Integrals at_;
    Vec w_, deta_, dsd_, dslope_, dbend_;
    Mat G_R_, dR_, dXR_, dG_R_, weighted_;
  };

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

  [[nodiscard]] bool has_hessian() const override { return potential_.has_hvp(); }
  [[nodiscard]] std::unique_ptr<Curvature> at(In w) const override {
    return std::make_unique<Bending>(*this, w);
  }

 private:
  // Of each draw the gradient and the Hessian at its place.
  class Bending final : public Curvature {
   public:
    Bending(const CommonDraws& energy, In w)
        : energy_(energy),
          w_(w),
          u_(energy.family_.dim(), energy.z_.cols()),
          v_(u_.rows(), 1),
          Hv_(u_.rows(), 1) {
      Vec theta(u_.rows());
      for (Index k = 0; k < u_.cols(); ++k) {
        energy.family_.transform(w, energy.z_.col(k), theta);
        energy.potential_.value_and_gradient(theta, u_.col(k));
        at_.push_back(energy.potential_.at(theta));
      }
    }

    void hvp(MatIn V, MatOut HV) override {
      const auto& family = energy_.family_;
      const double weight = 1.0 / static_cast<double>(u_.cols());
      HV.setZero();
      for (Index j = 0; j < V.cols(); ++j)
        for (Index k = 0; k < u_.cols(); ++k) {
          const auto z = energy_.z_.col(k);
          family.transform_tangent(w_, z, V.col(j), v_.col(0));
          at_[static_cast<std::size_t>(k)]->hvp(v_, Hv_);
          family.pull_back(w_, z, Hv_.col(0), weight, HV.col(j));
          family.pull_back_tangent(w_, z, u_.col(k), V.col(j), weight, HV.col(j));
        }
    }

   private:
    const CommonDraws& energy_;
    Vec w_;
    Mat u_, v_, Hv_;
    std::vector<std::unique_ptr<Curvature>> at_;
  };

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

EnergyEstimate energy_of_new_draws(const AnyPotential& potential, const GaussianFamily& family,
                                   In w, Index pairs, std::uint64_t seed) {
  Rng rng(seed, "variational.new_draws");
  Vec z(family.normals()), theta(family.dim()), U(pairs);
  for (Index k = 0; k < pairs; ++k) {
    rng.fill_normal(z);
    family.transform(w, z, theta);
    U[k] = 0.5 * potential.value(theta);
    z = -z;
    family.transform(w, z, theta);
    U[k] += 0.5 * potential.value(theta);
  }
  const double mean = U.mean(), n = static_cast<double>(pairs);
  return {mean, std::sqrt((U.array() - mean).square().sum() / (n * (n - 1.0)))};
}

}  // namespace thalweg
