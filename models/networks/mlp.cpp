#include <thalweg/models/networks/mlp.hpp>

#include <thalweg/models/networks/network_loss.hpp>

namespace thalweg {

Doc Mlp::doc() {
  return {"fully connected network of any depth on a data set",
          "z^l = W^l a^(l-1) + b^l, a^l = phi(z^l), f = z^L;\n"
          "L = scale mean_s loss(f(x_s), y_s) + l2/2 |theta|^2;\n"
          "mse: |f - y|^2/2, cross_entropy: -log softmax(f)_label, logistic: log(1 + exp(-+f))",
          "D. Rumelhart, G. Hinton and R. Williams, Learning representations by back-propagating "
          "errors, 1986",
          "loss = \"auto\" is cross_entropy for a data set with classes and mse for one without; "
          "mse on classes learns one-hot targets; logistic needs two classes and has one output. "
          "precision = \"float\" computes the network in single precision, parameters stay double. "
          "The gradient of relu at its kink is 0"};
}

void Mlp::prepare() { network_ = network_with(factors); }

Index Mlp::dim() const { return network_->dim(); }
double Mlp::value(In q) const { return network_->value(q); }
double Mlp::value_and_gradient(In q, Out g) const { return network_->value_and_gradient(q, g); }
void Mlp::hvp(In q, In v, Out Hv) const { network_->hvp(q, v, Hv); }
std::unique_ptr<Curvature> Mlp::at(In q) const { return network_->at(q); }
std::unique_ptr<Curvature> Mlp::curvature(In q, CurvatureKind kind) const {
  return network_->curvature(q, kind);
}
void Mlp::third(In q, In u, In v, Out Tuv) const { network_->third(q, u, v, Tuv); }
void Mlp::third_block(In q, In u, MatIn V, MatOut TuV) const {
  network_->third_block(q, u, V, TuV);
}
Index Mlp::samples() const { return network_->samples(); }
double Mlp::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  return network_->value_and_gradient(q, batch, g);
}
Layout Mlp::layout() const { return network_->layout(); }
Observables Mlp::observables() const { return network_->observables(); }
Symmetries Mlp::symmetries() const { return network_->symmetries(); }
std::optional<JointShape> Mlp::joint_shape() const { return network_->joint_shape(); }
Facts Mlp::facts() const { return network_->facts(); }
std::vector<Exhibit> Mlp::exhibits(In q) const { return network_->exhibits(q); }

Vec Mlp::initial_state(Rng& rng) const {
  Vec theta(dim());
  init(network_->widths(), bias, rng, theta);
  return theta;
}

}  // namespace thalweg
