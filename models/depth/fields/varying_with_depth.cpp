#include <thalweg/models/depth/fields/varying_with_depth.hpp>

#include <fmt/format.h>

#include <utility>

namespace thalweg {

namespace {

class Evaluation final : public FieldEvaluation {
 public:
  Evaluation(const VectorField& inner, const DepthBasis& basis, Index samples)
      : inner_(inner.evaluation(samples)),
        basis_(basis),
        theta_(inner.n_parameters()),
        dtheta_(theta_),
        theta_bar_(theta_) {}

  void evaluate(MatIn A, double z, In theta, MatOut F) override {
    at_ = basis_.at(z);
    mix(theta, theta_);
    inner_->evaluate(A, z, theta_, F);
  }
  void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) override {
    if (theta_bar.size() == 0) return inner_->vjp(Delta, A_bar, theta_bar);
    theta_bar_.setZero();
    inner_->vjp(Delta, A_bar, theta_bar_);
    spread(theta_bar);
  }
  void jvp(MatIn dA, In dtheta, MatOut dF) override {
    mix(dtheta, dtheta_);
    inner_->jvp(dA, dtheta_, dF);
  }
  void vjp_tangent(MatIn Delta, MatIn dDelta, MatOut A_bar_dot, Out theta_bar_dot) override {
    if (theta_bar_dot.size() == 0)
      return inner_->vjp_tangent(Delta, dDelta, A_bar_dot, theta_bar_dot);
    theta_bar_.setZero();
    inner_->vjp_tangent(Delta, dDelta, A_bar_dot, theta_bar_);
    spread(theta_bar_dot);
  }

 private:
  [[nodiscard]] double weight(Index i) const { return at_.w[static_cast<std::size_t>(i)]; }
  void mix(In knots, Vec& mixed) const {
    const Index p = mixed.size();
    mixed = weight(0) * knots.segment(at_.first * p, p);
    for (Index i = 1; i < at_.count; ++i)
      mixed += weight(i) * knots.segment((at_.first + i) * p, p);
  }
  void spread(Out knots) const {
    const Index p = theta_bar_.size();
    for (Index i = 0; i < at_.count; ++i)
      knots.segment((at_.first + i) * p, p) += weight(i) * theta_bar_;
  }

  std::unique_ptr<FieldEvaluation> inner_;
  DepthBasis basis_;
  DepthBasis::Weights at_;
  Vec theta_, dtheta_, theta_bar_;
};

class Field final : public VectorField {
 public:
  Field(std::shared_ptr<const VectorField> inner, DepthBasis basis, Vec initial)
      : inner_(std::move(inner)), basis_(std::move(basis)), initial_(std::move(initial)) {}

  [[nodiscard]] Index width() const override { return inner_->width(); }
  [[nodiscard]] Index n_parameters() const override {
    return basis_.size() * inner_->n_parameters();
  }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index samples) const override {
    return std::make_unique<Evaluation>(*inner_, basis_, samples);
  }
  [[nodiscard]] Layout layout() const override {
    Layout all;
    for (Index k = 0; k < basis_.size(); ++k)
      for (Block block : inner_->layout()) {
        block.name += fmt::format("_knot{}", k);
        block.offset += k * inner_->n_parameters();
        block.group = fmt::format("knot{}", k);
        all.push_back(std::move(block));
      }
    return all;
  }
  [[nodiscard]] Vec initial_parameters(Rng& rng) const override {
    if (initial_.size() > 0) return initial_;
    Vec theta(n_parameters());
    for (Index k = 0; k < basis_.size(); ++k)
      theta.segment(k * inner_->n_parameters(), inner_->n_parameters()) =
          inner_->initial_parameters(rng);
    return theta;
  }
  [[nodiscard]] std::vector<double> breaks() const override {
    auto all = inner_->breaks();
    const auto knots = basis_.breaks();
    all.insert(all.end(), knots.begin(), knots.end());
    return all;
  }

 private:
  std::shared_ptr<const VectorField> inner_;
  DepthBasis basis_;
  Vec initial_;
};

}  // namespace

std::shared_ptr<const VectorField> varying_with_depth(std::shared_ptr<const VectorField> inner,
                                                      DepthBasis basis, Vec initial) {
  return std::make_shared<Field>(std::move(inner), std::move(basis), std::move(initial));
}

}  // namespace thalweg
