#include <thalweg/models/networks/logistic_regression.hpp>

#include <thalweg/models/networks/network_loss.hpp>

namespace thalweg {

Doc LogisticRegression::doc() {
  return {"logistic regression (two classes) or softmax regression (more)",
          "f = W x + b; two classes: log(1 + exp(-s f)), s = +1 for class 1 and -1 for class 0;\n"
          "more: -log softmax(f)_label; L = scale mean_s loss_s + l2/2 (|W|^2 + |b|^2)",
          "D. R. Cox, The regression analysis of binary sequences, 1958",
          "separable data have no minimum unless l2 > 0; reduction = \"sum\" with l2 = 1/(prior "
          "variance) is minus the log posterior up to a constant"};
}

void LogisticRegression::fields(Fields& f) {
  f("bias", bias, "1", "whether there is a bias b");
  factors.fields(f);
  data.fields(f);
}

void LogisticRegression::prepare() {
  network_ = std::make_shared<const NetworkLoss>(
      data.data,
      NetworkLoss::Options{.activation = mlp_kernel::Activation::identity,
                           .loss = data.data->classes.size() == 2 ? "logistic" : "cross_entropy",
                           .bias = bias,
                           .factors = factors});
}

Index LogisticRegression::dim() const { return network_->dim(); }
double LogisticRegression::value(In q) const { return network_->value(q); }
double LogisticRegression::value_and_gradient(In q, Out g) const {
  return network_->value_and_gradient(q, g);
}
void LogisticRegression::hvp(In q, In v, Out Hv) const { network_->hvp(q, v, Hv); }
std::unique_ptr<Curvature> LogisticRegression::at(In q) const { return network_->at(q); }
std::unique_ptr<Curvature> LogisticRegression::curvature(In q, CurvatureKind kind) const {
  return network_->curvature(q, kind);
}
void LogisticRegression::third(In q, In u, In v, Out Tuv) const { network_->third(q, u, v, Tuv); }
void LogisticRegression::third_block(In q, In u, MatIn V, MatOut TuV) const {
  network_->third_block(q, u, V, TuV);
}
Index LogisticRegression::samples() const { return network_->samples(); }
double LogisticRegression::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  return network_->value_and_gradient(q, batch, g);
}
Layout LogisticRegression::layout() const { return network_->layout(); }
Observables LogisticRegression::observables() const { return network_->observables(); }
Symmetries LogisticRegression::symmetries() const { return network_->symmetries(); }
std::optional<JointShape> LogisticRegression::joint_shape() const {
  return network_->joint_shape();
}
Facts LogisticRegression::facts() const { return network_->facts(); }
std::vector<Exhibit> LogisticRegression::exhibits(In q) const { return network_->exhibits(q); }

}  // namespace thalweg
