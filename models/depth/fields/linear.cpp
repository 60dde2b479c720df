#include <thalweg/models/depth/fields/linear.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>

#include <utility>

namespace thalweg {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class Evaluation final : public FieldEvaluation {
 public:
  Evaluation(Index d, Index samples)
      : B_(d, d), dB_(d, d), A_store_(d, samples), dA_store_(d, samples) {}

  void evaluate(MatIn A, double, In theta, MatOut F) override {
    const Index d = B_.rows();
    n_ = A.cols();
    B_ = Eigen::Map<const Matrix>(theta.data(), d, d);
    A_store_.leftCols(n_) = A;
    F.noalias() = B_.lazyProduct(A);
  }
  void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) override {
    A_bar.noalias() = B_.transpose().lazyProduct(Delta);
    if (theta_bar.size() == 0) return;
    gradient(theta_bar).noalias() += Delta.lazyProduct(A_store_.leftCols(n_).transpose());
  }
  void jvp(MatIn dA, In dtheta, MatOut dF) override {
    const Index d = B_.rows();
    dB_ = Eigen::Map<const Matrix>(dtheta.data(), d, d);
    dA_store_.leftCols(n_) = dA;
    dF.noalias() = B_.lazyProduct(dA);
    dF.noalias() += dB_.lazyProduct(A_store_.leftCols(n_));
  }
  void vjp_tangent(MatIn Delta, MatIn dDelta, MatOut A_bar_dot, Out theta_bar_dot) override {
    A_bar_dot.noalias() = B_.transpose().lazyProduct(dDelta);
    A_bar_dot.noalias() += dB_.transpose().lazyProduct(Delta);
    if (theta_bar_dot.size() == 0) return;
    auto g = gradient(theta_bar_dot);
    g.noalias() += dDelta.lazyProduct(A_store_.leftCols(n_).transpose());
    g.noalias() += Delta.lazyProduct(dA_store_.leftCols(n_).transpose());
  }

 private:
  [[nodiscard]] Eigen::Map<Matrix> gradient(Out theta_bar) const {
    return {theta_bar.data(), B_.rows(), B_.rows()};
  }

  Matrix B_, dB_;
  Mat A_store_, dA_store_;
  Index n_ = 0;
};

class Linear final : public VectorField {
 public:
  explicit Linear(Matrix B) : B_(std::move(B)) {}

  [[nodiscard]] Index width() const override { return B_.rows(); }
  [[nodiscard]] Index n_parameters() const override { return B_.size(); }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index samples) const override {
    return std::make_unique<Evaluation>(B_.rows(), samples);
  }
  [[nodiscard]] Layout layout() const override {
    return {{"B", 0, {B_.rows(), B_.cols()}, "1/depth", "field"}};
  }
  [[nodiscard]] Vec initial_parameters(Rng&) const override {
    return Eigen::Map<const Vec>(B_.data(), B_.size());
  }

 private:
  Matrix B_;
};

}  // namespace

Doc LinearField::doc() {
  return {.summary = "linear field, for depth that damps, turns or grows its signal",
          .equation =
              "f = B a;  without `matrix`, B = growth I + rotation J, J a = (a_2, -a_1, "
              "a_4, -a_3, ...)",
          .source =
              "E. Haber and L. Ruthotto, Stable architectures for deep neural networks, "
              "Inverse Problems 34 (2018) 014004",
          .notes =
              "growth < 0 is viscous, growth = 0 rotational: |a| and |delta| stay constant. "
              "a(z) = exp(B z) a(0), delta(z) = exp(B' (Z - z)) delta(Z)."};
}

void LinearField::fields(Fields& f) {
  f("growth", growth, "1/depth", "rate of |a|, the diagonal of B");
  f("rotation", rotation, "1/depth", "angular speed of every pair of entries");
  f("matrix", matrix, "1/depth", "B row by row, in place of growth and rotation");
}

std::shared_ptr<const VectorField> LinearField::operator()(Index width) const {
  Matrix B(width, width);
  if (!matrix.empty()) {
    if (static_cast<Index>(matrix.size()) != width * width)
      throw ModelError(
          fmt::format("field.matrix has {} numbers, must have {} for a of {} entries: give B row "
                      "by row",
                      matrix.size(), width * width, width));
    B = Eigen::Map<const Matrix>(matrix.data(), width, width);
  } else {
    if (rotation != 0 && width % 2 == 1)
      throw ModelError(fmt::format(
          "field.rotation = {} turns pairs of entries, but a has {}: set it to 0 or give `matrix`",
          rotation, width));
    B = growth * Matrix::Identity(width, width);
    for (Index i = 0; i + 1 < width; i += 2) {
      B(i, i + 1) = rotation;
      B(i + 1, i) = -rotation;
    }
  }
  return std::make_shared<Linear>(std::move(B));
}

}  // namespace thalweg
