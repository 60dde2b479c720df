#include <thalweg/models/networks/weight_normalised_mlp.hpp>

#include <fmt/format.h>

#include <limits>
#include <thalweg/models/networks/network_loss.hpp>
#include <thalweg/models/networks/weight_normalisation.hpp>

namespace thalweg {

// The network's loss has no weight decay of its own: l2 counts V, g and b here.
struct WeightNormalisedMlp::Parts {
  std::shared_ptr<const NetworkLoss> network;
  WeightNormalisation norm;
  double l2 = 0.0;
  bool single = false;

  [[nodiscard]] const Vec& weights(In q) const {
    thread_local Vec w;
    w.resize(norm.network_dim());
    norm.weights(q, w);
    return w;
  }
  // The gradient of the network pulled back, with weight decay.
  template <class Evaluate>
  double pulled(In q, Out g, Evaluate evaluate) const {
    thread_local Vec G;
    G.resize(norm.network_dim());
    const double loss = evaluate(weights(q), G);
    norm.pull(q, G, g);
    if (l2 == 0.0) return loss;
    g += l2 * q;
    return loss + 0.5 * l2 * q.squaredNorm();
  }
};

// J' C J with a matrix C of the network; the Hessian also has the curvature of J along G.
class WeightNormalisedMlp::CurvatureAt final : public Curvature {
 public:
  CurvatureAt(std::shared_ptr<const Parts> parts, In q, CurvatureKind kind)
      : parts_(std::move(parts)), q_(q), hessian_(kind == CurvatureKind::hessian) {
    const Vec w = parts_->weights(q);
    inner_ = parts_->network->curvature(w, kind);
    if (hessian_) {
      G_.resize(w.size());
      parts_->network->value_and_gradient(w, G_);
    }
    l2_ = hessian_ || kind == CurvatureKind::gauss_newton ? parts_->l2 : 0.0;
  }
  void hvp(MatIn V, MatOut HV) override {
    const auto& norm = parts_->norm;
    JV_.resize(norm.network_dim(), V.cols());
    CJV_.resize(norm.network_dim(), V.cols());
    for (Index j = 0; j < V.cols(); ++j) norm.push(q_, V.col(j), JV_.col(j));
    inner_->hvp(JV_, CJV_);
    for (Index j = 0; j < V.cols(); ++j) {
      norm.pull(q_, CJV_.col(j), HV.col(j));
      if (hessian_) norm.add_curvature(q_, V.col(j), G_, HV.col(j));
    }
    if (l2_ > 0.0) HV += l2_ * V;
  }

 private:
  std::shared_ptr<const Parts> parts_;
  Vec q_, G_;
  bool hessian_;
  double l2_ = 0.0;
  std::unique_ptr<Curvature> inner_;
  Mat JV_, CJV_;
};

Doc WeightNormalisedMlp::doc() {
  return {"fully connected network with normalised weights on a data set",
          "W^l_i = g^l_i v^l_i / |v^l_i|, z^l = W^l a^(l-1) + b^l, a^l = phi(z^l), f = z^L;\n"
          "L = scale mean_s loss(f(x_s), y_s) + l2/2 (|V|^2 + |g|^2 + |b|^2)",
          "T. Salimans and D. Kingma, Weight normalization: a simple reparameterization to "
          "accelerate training of deep neural networks, NeurIPS 2016",
          "without l2 the length of each v is free: gradient flow keeps it, descent lets it grow "
          "by eta^2 |grad_v L|^2 a step (analysis symmetry). The start is that of mlp, V = W and "
          "g = |W|; losses and options as in mlp"};
}

void WeightNormalisedMlp::prepare() {
  auto parts = std::make_shared<Parts>();
  LossOptions without = factors;
  without.l2 = 0.0;
  parts->l2 = factors.l2;
  parts->single = precision == "float";
  parts->network = network_with(without);
  parts->norm = WeightNormalisation(parts->network->widths(), bias);
  parts_ = std::move(parts);
}

Index WeightNormalisedMlp::dim() const { return parts_->norm.dim(); }
Index WeightNormalisedMlp::samples() const { return parts_->network->samples(); }
Layout WeightNormalisedMlp::layout() const { return parts_->norm.layout(); }

double WeightNormalisedMlp::value(In q) const {
  return parts_->network->value(parts_->weights(q)) + 0.5 * parts_->l2 * q.squaredNorm();
}

double WeightNormalisedMlp::value_and_gradient(In q, Out g) const {
  return parts_->pulled(q, g,
                        [&](In w, Out G) { return parts_->network->value_and_gradient(w, G); });
}

double WeightNormalisedMlp::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  return parts_->pulled(
      q, g, [&](In w, Out G) { return parts_->network->value_and_gradient(w, batch, G); });
}

std::unique_ptr<Curvature> WeightNormalisedMlp::curvature(In q, CurvatureKind kind) const {
  return std::make_unique<CurvatureAt>(parts_, q, kind);
}

Vec WeightNormalisedMlp::initial_state(Rng& rng) const {
  Vec w(parts_->norm.network_dim()), theta(dim());
  init(parts_->network->widths(), bias, rng, w);
  parts_->norm.parameters(w, theta);
  return theta;
}

Observables WeightNormalisedMlp::observables() const {
  auto all = parts_->network->observables();
  for (auto& o : all)
    o.compute = [parts = parts_, compute = std::move(o.compute)](In q, double t, Out out) {
      const Vec w = parts->weights(q);
      compute(w, t, out);
    };
  return all;
}

Symmetries WeightNormalisedMlp::symmetries() const {
  auto all = parts_->norm.symmetries(parts_->network->loss() == "cross_entropy", parts_->l2);
  if (parts_->single)
    for (auto& s : all) s.precision = std::numeric_limits<float>::epsilon();
  return all;
}

Facts WeightNormalisedMlp::facts() const {
  auto all = parts_->network->facts();
  for (auto& [name, text] : all)
    if (name == "network")
      text += fmt::format("; normalised, {} parameters with the lengths", dim());
  return all;
}

std::vector<Exhibit> WeightNormalisedMlp::exhibits(In q) const {
  return parts_->network->exhibits(parts_->weights(q));
}

}  // namespace thalweg
