#include <thalweg/models/networks/linear_regression.hpp>

#include <limits>
#include <thalweg/models/networks/learning_observables.hpp>
#include <thalweg/numerics/dense.hpp>
#include <utility>

namespace thalweg {

namespace {

using RowMajor = Samples;
using ConstBlock = Eigen::Map<const RowMajor>;
using MutableBlock = Eigen::Map<RowMajor>;

}  // namespace

// With Theta = [W b], x~ = (x, 1), A = factor mean(x~ x~^T) + l2 and B = factor mean(y x~^T):
//   L = Lmin + <Theta - Theta*, (Theta - Theta*) A> / 2,   gradient = Theta A - B,  Theta* A = B.
struct LinearRegression::Quadratic {
  std::shared_ptr<const Dataset> data;
  Index d = 0, C = 0;
  bool bias = true;
  double factor = 1.0, l2 = 0.0, minimum = 0.0;
  RowMajor Axx;           // d x d
  Eigen::RowVectorXd ax;  // A's last row without its corner
  double corner = 0.0;
  RowMajor Bx, best_W;  // C x d
  Vec b1, best_b;       // C
  Vec rates;            // eigenvalues of A, exact zeros where they are round-off
  Mat modes;            // eigenvectors of A

  [[nodiscard]] Index width() const { return bias ? d + 1 : d; }
  [[nodiscard]] Index dim() const { return C * width(); }

  // gW = W Axx + b ax, gb = W ax^T + corner b.
  void apply(In q, Out g) const {
    const ConstBlock W(q.data(), C, d);
    MutableBlock gW(g.data(), C, d);
    gW.noalias() = W * Axx;
    if (!bias) return;
    const auto b = q.tail(C);
    gW.noalias() += b * ax;
    g.tail(C).noalias() = W * ax.transpose();
    g.tail(C) += corner * b;
  }
  void gradient(In q, Out g) const {
    apply(q, g);
    MutableBlock(g.data(), C, d) -= Bx;
    if (bias) g.tail(C) -= b1;
  }
  double value_from_gradient(In q, In g) const {
    const ConstBlock W(q.data(), C, d), gW(g.data(), C, d);
    double twice = (W - best_W).cwiseProduct(gW).sum();
    if (bias) twice += (q.tail(C) - best_b).dot(g.tail(C));
    return minimum + 0.5 * twice;
  }
};

Doc LinearRegression::doc() {
  return {"linear least squares on a data set, a quadratic potential",
          "f = W x + b, L = scale sum_s |f(x_s) - y_s|^2/(2n) + l2/2 (|W|^2 + |b|^2)",
          "A. M. Legendre, Nouvelles methodes pour la determination des orbites des cometes, 1805",
          "classes are learnt as one-hot targets; gradient flow and minimum are known in closed "
          "form; eigenvalues of the Gram matrix below its rounding error count as 0"};
}

void LinearRegression::fields(Fields& f) {
  f("bias", bias, "1", "whether there is a bias b");
  factors.fields(f);
  data.fields(f);
}

void LinearRegression::prepare() {
  auto p = std::make_shared<Quadratic>();
  p->data = data.data;
  const Samples& X = p->data->X;
  const Samples& Y = p->data->Y;
  const Index n = X.rows();
  p->d = X.cols();
  p->C = Y.cols();
  p->bias = bias;
  p->factor = factors.factor(n);
  p->l2 = factors.l2;

  const double per_sample = p->factor / static_cast<double>(n);
  Samples Xt(n, p->width());
  Xt.leftCols(p->d) = X;
  if (bias) Xt.col(p->d).setOnes();
  Mat A = per_sample * (Xt.transpose() * Xt);
  A.diagonal().array() += factors.l2;
  const RowMajor B = per_sample * (Y.transpose() * Xt);

  SymmetricEigen eigen = symmetric_eigen(A);
  p->modes = std::move(eigen.vectors);
  p->rates = std::move(eigen.values);
  // What A's rounding can make of a zero eigenvalue.
  const double noise = static_cast<double>(p->width()) * std::numeric_limits<double>::epsilon() *
                       p->rates.cwiseAbs().maxCoeff();
  p->rates = (p->rates.array() > noise).select(p->rates, 0.0);
  const Vec inverse = (p->rates.array() > 0.0).select(p->rates.cwiseInverse(), 0.0);
  const RowMajor best = B * p->modes * inverse.asDiagonal() * p->modes.transpose();

  p->Axx = A.topLeftCorner(p->d, p->d);
  p->Bx = B.leftCols(p->d);
  p->best_W = best.leftCols(p->d);
  p->best_b = Vec::Zero(p->C);
  if (bias) {
    p->ax = A.row(p->d).head(p->d);
    p->corner = A(p->d, p->d);
    p->b1 = B.col(p->d);
    p->best_b = best.col(p->d);
  }
  p->minimum = 0.5 * per_sample * (Xt * best.transpose() - Y).squaredNorm() +
               0.5 * factors.l2 * best.squaredNorm();
  quadratic_ = std::move(p);
}

Index LinearRegression::dim() const { return quadratic_->dim(); }

double LinearRegression::value(In q) const {
  thread_local Vec g;
  g.resize(dim());
  return value_and_gradient(q, g);
}

double LinearRegression::value_and_gradient(In q, Out g) const {
  quadratic_->gradient(q, g);
  return quadratic_->value_from_gradient(q, g);
}

void LinearRegression::hvp(In, In v, Out Hv) const { quadratic_->apply(v, Hv); }

class LinearRegression::CurvatureAt final : public Curvature {
 public:
  CurvatureAt(std::shared_ptr<const Quadratic> p, In q, CurvatureKind kind)
      : p_(std::move(p)), kind_(kind) {
    if (kind_ != CurvatureKind::empirical_fisher) return;
    E_.noalias() = p_->data->X * ConstBlock(q.data(), p_->C, p_->d).transpose();
    E_ -= p_->data->Y;
    if (p_->bias) E_.rowwise() += q.tail(p_->C).transpose();
  }
  void hvp(MatIn V, MatOut HV) override {
    for (Index j = 0; j < V.cols(); ++j) {
      if (kind_ == CurvatureKind::empirical_fisher) {
        gradient_products(V.col(j), HV.col(j));
      } else {
        p_->apply(V.col(j), HV.col(j));
        if (kind_ == CurvatureKind::fisher) HV.col(j) -= p_->l2 * V.col(j);
      }
    }
  }

 private:
  // g_s = e_s (x_s, 1)^T of sample s; the factor's mean of g_s (g_s . v).
  void gradient_products(In v, Out out) {
    const Samples& X = p_->data->X;
    F_.noalias() = X * ConstBlock(v.data(), p_->C, p_->d).transpose();
    if (p_->bias) F_.rowwise() += v.tail(p_->C).transpose();
    const double per_sample = p_->factor / static_cast<double>(X.rows());
    change_ = per_sample * E_.cwiseProduct(F_).rowwise().sum();
    F_ = E_.array().colwise() * change_.array();
    MutableBlock(out.data(), p_->C, p_->d).noalias() = F_.transpose() * X;
    if (p_->bias) out.tail(p_->C) = F_.colwise().sum().transpose();
  }

  std::shared_ptr<const Quadratic> p_;
  CurvatureKind kind_;
  Samples E_, F_;
  Vec change_;
};

std::unique_ptr<Curvature> LinearRegression::curvature(In q, CurvatureKind kind) const {
  return std::make_unique<CurvatureAt>(quadratic_, q, kind);
}

Index LinearRegression::samples() const { return quadratic_->data->size(); }

double LinearRegression::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  const auto& p = *quadratic_;
  const ConstBlock W(q.data(), p.C, p.d);
  MutableBlock gW(g.data(), p.C, p.d);
  const double per_sample = p.factor / static_cast<double>(batch.size());
  thread_local Vec residual;
  residual.resize(p.C);
  double sum = 0.0;
  g.setZero();
  for (const Index i : batch) {
    residual.noalias() = W * p.data->X.row(i).transpose();
    residual -= p.data->Y.row(i).transpose();
    if (p.bias) residual += q.tail(p.C);
    sum += residual.squaredNorm();
    gW.noalias() += residual * p.data->X.row(i);
    if (p.bias) g.tail(p.C) += residual;
  }
  g = per_sample * g + p.l2 * q;
  return 0.5 * per_sample * sum + 0.5 * p.l2 * q.squaredNorm();
}

Layout LinearRegression::layout() const {
  const auto& p = *quadratic_;
  Layout blocks{{"W1", 0, {p.C, p.d}, "1", "layer1"}};
  if (p.bias) blocks.push_back({"b1", p.C * p.d, {p.C}, "1", "layer1"});
  return blocks;
}

bool LinearRegression::exact_flow(In q0, double t, Out q) const {
  const auto& p = *quadratic_;
  RowMajor D(p.C, p.width());
  D.leftCols(p.d) = ConstBlock(q0.data(), p.C, p.d) - p.best_W;
  if (p.bias) D.col(p.d) = q0.tail(p.C) - p.best_b;
  const Vec decay = (-t * p.rates.array()).exp();
  const RowMajor moved = D * p.modes * decay.asDiagonal() * p.modes.transpose();
  MutableBlock(q.data(), p.C, p.d) = p.best_W + moved.leftCols(p.d);
  if (p.bias) q.tail(p.C) = p.best_b + moved.col(p.d);
  return true;
}

std::optional<double> LinearRegression::minimum_value() const { return quadratic_->minimum; }

Observables LinearRegression::observables() const {
  const auto p = quadratic_;
  const auto outputs = [p](In q, const Samples& X) -> Samples {
    Samples F = X * ConstBlock(q.data(), p->C, p->d).transpose();
    if (p->bias) F.rowwise() += q.tail(p->C).transpose();
    return F;
  };
  return learning_observables(
      *p->data,
      {.accuracy = [=](In q) { return share_correct(outputs(q, p->data->X), p->data->labels); },
       .test_loss =
           [=, scale = factors.scale](In q) {
             const auto error = (outputs(q, p->data->X_test) - p->data->Y_test).squaredNorm();
             return scale * error / (2.0 * static_cast<double>(p->data->X_test.rows()));
           },
       .test_accuracy =
           [=](In q) { return share_correct(outputs(q, p->data->X_test), p->data->labels_test); }});
}

}  // namespace thalweg
