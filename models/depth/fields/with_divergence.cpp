#include <thalweg/models/depth/fields/with_divergence.hpp>

#include <thalweg/core/error.hpp>

#include <utility>

namespace thalweg {

namespace {

class Evaluation final : public FieldEvaluation {
 public:
  Evaluation(const VectorField& field, Index samples)
      : at_(field.evaluation(samples)),
        d_(field.width()),
        zero_theta_(Vec::Zero(field.n_parameters())),
        zero_(Mat::Zero(d_, samples)),
        E_(zero_),
        dF_(zero_),
        bar_(zero_) {}

  void evaluate(MatIn A, double z, In theta, MatOut F) override {
    n_ = A.cols();
    at_->evaluate(A.topRows(d_), z, theta, F.topRows(d_));
    for (Index i = 0; i < d_; ++i) {
      along(i);
      if (i == 0)
        F.row(d_) = dF_.row(i).head(n_);
      else
        F.row(d_) += dF_.row(i).head(n_);
    }
  }

  void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) override {
    at_->vjp(Delta.topRows(d_), A_bar.topRows(d_), theta_bar);
    for (Index i = 0; i < d_; ++i) {  // the gradient of sum_s lambda_s df_i/da_i
      along(i);
      E_.row(i).head(n_) = Delta.row(d_);
      at_->vjp_tangent(E_.leftCols(n_), zero_.leftCols(n_), bar_.leftCols(n_), theta_bar);
      E_.row(i).setZero();
      A_bar.topRows(d_) += bar_.leftCols(n_);
    }
    A_bar.row(d_).setZero();
  }

  void jvp(MatIn dA, In dtheta, MatOut dF) override {
    at_->jvp(dA.topRows(d_), dtheta, dF.topRows(d_));
    for (Index i = 0; i < d_; ++i) {  // entry i of the derivative of f_a' e_i is that of df_i/da_i
      E_.row(i).head(n_).setOnes();
      at_->vjp_tangent(E_.leftCols(n_), zero_.leftCols(n_), bar_.leftCols(n_), none_);
      E_.row(i).setZero();
      if (i == 0)
        dF.row(d_) = bar_.row(i).head(n_);
      else
        dF.row(d_) += bar_.row(i).head(n_);
    }
  }

  void vjp_tangent(MatIn, MatIn, MatOut, Out) override {
    throw ModelError("a field with divergence has no second derivatives");
  }

 private:
  // dF_ = f_a e_i for all samples.
  void along(Index i) {
    E_.row(i).head(n_).setOnes();
    at_->jvp(E_.leftCols(n_), zero_theta_, dF_.leftCols(n_));
    E_.row(i).setZero();
  }

  std::unique_ptr<FieldEvaluation> at_;
  Index d_, n_ = 0;
  Vec zero_theta_, none_;
  Mat zero_, E_, dF_, bar_;
};

class WithDivergence final : public VectorField {
 public:
  explicit WithDivergence(std::shared_ptr<const VectorField> field) : field_(std::move(field)) {}

  [[nodiscard]] Index width() const override { return field_->width() + 1; }
  [[nodiscard]] Index n_parameters() const override { return field_->n_parameters(); }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index samples) const override {
    return std::make_unique<Evaluation>(*field_, samples);
  }
  [[nodiscard]] Layout layout() const override { return field_->layout(); }
  [[nodiscard]] Vec initial_parameters(Rng& rng) const override {
    return field_->initial_parameters(rng);
  }
  [[nodiscard]] std::vector<double> breaks() const override { return field_->breaks(); }

 private:
  std::shared_ptr<const VectorField> field_;
};

}  // namespace

std::shared_ptr<const VectorField> with_divergence(std::shared_ptr<const VectorField> field) {
  return std::make_shared<WithDivergence>(std::move(field));
}

}  // namespace thalweg
