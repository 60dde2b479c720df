#include <thalweg/models/depth/fields/structured.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/models/networks/activation.hpp>
#include <thalweg/models/networks/activation_block.hpp>

#include <cmath>
#include <utility>

namespace thalweg {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// How M is made of the weights, and f of the hidden layer.
struct Structure {
  Index width;
  bool hamiltonian;
  double damping;

  [[nodiscard]] Index half() const { return width / 2; }
  [[nodiscard]] Index weights() const { return hamiltonian ? 2 * half() * half() : width * width; }
  [[nodiscard]] Index n_parameters() const { return weights() + width; }

  // M of the weights; `linear` leaves out the constant part, for a change of weights.
  void matrix(In theta, bool linear, Mat& M) const {
    if (hamiltonian) {
      M.topRightCorner(half(), half()) = block(theta.data(), 0);
      M.bottomLeftCorner(half(), half()) = block(theta.data(), 1);
    } else {
      const Eigen::Map<const Matrix> K(theta.data(), width, width);
      M = K - K.transpose();
      if (!linear) M.diagonal().array() -= damping;
    }
  }
  // theta_bar += the pull-back of M_bar.
  void pull_back(const Mat& M_bar, Out theta_bar) const {
    if (hamiltonian) {
      block(theta_bar.data(), 0) += M_bar.topRightCorner(half(), half());
      block(theta_bar.data(), 1) += M_bar.bottomLeftCorner(half(), half());
    } else {
      Eigen::Map<Matrix> K_bar(theta_bar.data(), width, width);
      K_bar += M_bar - M_bar.transpose();
    }
  }
  // J X and J' X = -J X.
  void J(MatIn X, MatOut JX) const {
    JX.topRows(half()) = X.bottomRows(half());
    JX.bottomRows(half()) = -X.topRows(half());
  }
  void J_transposed(MatIn X, MatOut JX) const {
    JX.topRows(half()) = -X.bottomRows(half());
    JX.bottomRows(half()) = X.topRows(half());
  }

 private:
  [[nodiscard]] Eigen::Map<const Matrix> block(const double* theta, Index k) const {
    return {theta + k * half() * half(), half(), half()};
  }
  [[nodiscard]] Eigen::Map<Matrix> block(double* theta, Index k) const {
    return {theta + k * half() * half(), half(), half()};
  }
};

// With P = phi(Z), Z = M A + b: F = P, or F = J M' P.
class Evaluation final : public FieldEvaluation {
 public:
  Evaluation(const Structure& structure, mlp_kernel::Activation activation, Index samples)
      : structure_(structure),
        hidden_(activation, structure.width, samples),
        M_(Mat::Zero(structure.width, structure.width)),
        dM_(M_),
        M_bar_(M_),
        A_(structure.width, samples),
        dA_(A_),
        dZ_(A_),
        dP_(A_),
        G_(A_),
        dG_(A_),
        D_(A_),
        dD_(A_) {}

  void evaluate(MatIn A, double, In theta, MatOut F) override {
    n_ = A.cols();
    A_.leftCols(n_) = A;
    structure_.matrix(theta, false, M_);
    auto Z = hidden_.z(n_);
    Z.noalias() = M_ * A;
    Z.colwise() += theta.tail(structure_.width);
    hidden_.activate(n_);
    second_known_ = false;
    if (structure_.hamiltonian) {
      D_.leftCols(n_).noalias() = M_.transpose() * hidden_.value(n_);
      structure_.J(D_.leftCols(n_), F);
    } else {
      F = hidden_.value(n_);
    }
  }

  void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) override {
    auto G = G_.leftCols(n_), D = D_.leftCols(n_);
    if (structure_.hamiltonian) {
      structure_.J_transposed(Delta, D);
      G.noalias() = M_ * D;
    } else {
      G = Delta;
    }
    G.array() *= hidden_.first(n_).array();
    A_bar.noalias() = M_.transpose() * G;
    if (theta_bar.size() == 0) return;
    M_bar_.noalias() = G * A_.leftCols(n_).transpose();
    if (structure_.hamiltonian) M_bar_.noalias() += hidden_.value(n_) * D.transpose();
    structure_.pull_back(M_bar_, theta_bar);
    theta_bar.tail(structure_.width) += G.rowwise().sum();
  }

  void jvp(MatIn dA, In dtheta, MatOut dF) override {
    dA_.leftCols(n_) = dA;
    structure_.matrix(dtheta, true, dM_);
    auto dZ = dZ_.leftCols(n_), dP = dP_.leftCols(n_);
    dZ.noalias() = M_ * dA;
    dZ.noalias() += dM_ * A_.leftCols(n_);
    dZ.colwise() += dtheta.tail(structure_.width);
    if (!std::exchange(second_known_, true)) hidden_.activate_twice(n_);
    dP = hidden_.first(n_).cwiseProduct(dZ);
    if (structure_.hamiltonian) {
      auto D = D_.leftCols(n_);
      D.noalias() = M_.transpose() * dP;
      D.noalias() += dM_.transpose() * hidden_.value(n_);
      structure_.J(D, dF);
    } else {
      dF = dP;
    }
  }

  void vjp_tangent(MatIn Delta, MatIn dDelta, MatOut A_bar_dot, Out theta_bar_dot) override {
    auto G = G_.leftCols(n_), dG = dG_.leftCols(n_), D = D_.leftCols(n_), dD = dD_.leftCols(n_);
    if (structure_.hamiltonian) {
      structure_.J_transposed(Delta, D);
      structure_.J_transposed(dDelta, dD);
      G.noalias() = M_ * D;
      dG.noalias() = M_ * dD;
      dG.noalias() += dM_ * D;
    } else {
      G = Delta;
      dG = dDelta;
    }
    dG.array() *= hidden_.first(n_).array();
    dG.array() += hidden_.second(n_).array() * dZ_.leftCols(n_).array() * G.array();
    G.array() *= hidden_.first(n_).array();
    A_bar_dot.noalias() = M_.transpose() * dG;
    A_bar_dot.noalias() += dM_.transpose() * G;
    if (theta_bar_dot.size() == 0) return;
    M_bar_.noalias() = dG * A_.leftCols(n_).transpose();
    M_bar_.noalias() += G * dA_.leftCols(n_).transpose();
    if (structure_.hamiltonian) {
      M_bar_.noalias() += dP_.leftCols(n_) * D.transpose();
      M_bar_.noalias() += hidden_.value(n_) * dD.transpose();
    }
    structure_.pull_back(M_bar_, theta_bar_dot);
    theta_bar_dot.tail(structure_.width) += dG.rowwise().sum();
  }

 private:
  Structure structure_;
  ActivationBlock hidden_;
  Mat M_, dM_, M_bar_;
  Mat A_, dA_, dZ_, dP_, G_, dG_, D_, dD_;
  Index n_ = 0;
  bool second_known_ = false;
};

class StructuredField final : public VectorField {
 public:
  StructuredField(const Structure& structure, const StructuredFieldOptions& options)
      : structure_(structure), options_(options), activation_(activation_of(options.activation)) {}

  [[nodiscard]] Index width() const override { return structure_.width; }
  [[nodiscard]] Index n_parameters() const override { return structure_.n_parameters(); }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index samples) const override {
    return std::make_unique<Evaluation>(structure_, activation_, samples);
  }
  [[nodiscard]] Layout layout() const override {
    const Index d = structure_.width, m = structure_.half();
    Layout all;
    if (structure_.hamiltonian)
      all = {{"K1", 0, {m, m}, "1", "field"}, {"K2", m * m, {m, m}, "1", "field"}};
    else
      all = {{"K", 0, {d, d}, "1", "field"}};
    all.push_back({"b", structure_.weights(), {d}, "1", "field"});
    return all;
  }
  [[nodiscard]] Vec initial_parameters(Rng& rng) const override {
    Vec theta(n_parameters());
    rng.fill_normal(theta);
    theta.head(structure_.weights()) *=
        options_.sigma_w / std::sqrt(static_cast<double>(
                               structure_.hamiltonian ? structure_.half() : structure_.width));
    theta.tail(structure_.width) *= options_.sigma_b;
    return theta;
  }

 private:
  Structure structure_;
  StructuredFieldOptions options_;
  mlp_kernel::Activation activation_;
};

}  // namespace

void StructuredFieldOptions::fields(Fields& f) {
  f("activation", activation, "", "phi", one_of(activation_names()));
  f("sigma_w", sigma_w, "1", "start: weights N(0, sigma_w^2 / rows)", at_least(0.0));
  f("sigma_b", sigma_b, "1", "start: b_i ~ N(0, sigma_b^2)", at_least(0.0));
}

Doc AntisymmetricField::doc() {
  return {.summary = "stable layers: antisymmetric weights, neither vanishing nor exploding",
          .equation = "f = phi((K - K' - gamma I) a + b)",
          .source =
              "E. Haber and L. Ruthotto, Stable architectures for deep neural networks, "
              "Inverse Problems 34 (2018) 014004",
          .notes =
              "The eigenvalues of K - K' are imaginary; those of the Jacobian phi' (K - K' - "
              "gamma I) too where gamma = 0 and phi' is the same for all units, and close to "
              "the axis elsewhere."};
}

void AntisymmetricField::fields(Fields& f) {
  StructuredFieldOptions::fields(f);
  f("damping", damping, "1", "gamma, a diffusion that makes explicit steps stable", at_least(0.0));
}

std::shared_ptr<const VectorField> AntisymmetricField::operator()(Index width) const {
  return std::make_shared<StructuredField>(Structure{width, false, damping}, *this);
}

Doc HamiltonianField::doc() {
  return {.summary = "Hamiltonian layers: two halves that drive each other, reversible",
          .equation = "a = (y, p): y' = K_1' phi(K_1 p + b_1), p' = -K_2' phi(K_2 y + b_2)",
          .source =
              "B. Chang, L. Meng, E. Haber, L. Ruthotto, D. Begert and E. Holtham, Reversible "
              "architectures for arbitrarily deep residual neural networks, AAAI 2018",
          .notes =
              "H = sum Phi(K_1 p + b_1) + sum Phi(K_2 y + b_2), Phi' = phi, is conserved in "
              "depth, and so is the volume: tr f_a = 0. The width must be even: augment an odd "
              "one by an entry."};
}

std::shared_ptr<const VectorField> HamiltonianField::operator()(Index width) const {
  if (width % 2 == 1)
    throw ModelError(fmt::format(
        "field hamiltonian needs an even width, not {}: augment a by one entry", width));
  return std::make_shared<StructuredField>(Structure{width, true, 0.0}, *this);
}

}  // namespace thalweg
