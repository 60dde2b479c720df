#include <thalweg/models/depth/fields/depth_dependent.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/models/catalogue.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace thalweg {

namespace {

// The knots that count at z and their weights: first, first + 1, ...
struct Weights {
  Index first = 0, count = 1;
  std::array<double, 4> w{};
};

class Basis {
 public:
  enum class Kind { pieces, linear, spline };

  Basis(Kind kind, Index knots, double depth) : kind_(kind), knots_(knots), depth_(depth) {}

  [[nodiscard]] Index knots() const { return knots_; }
  [[nodiscard]] Weights at(double z) const {
    switch (kind_) {
      case Kind::pieces: {  // piece k covers [k, k + 1) Z / K
        const double s = std::floor(z / depth_ * static_cast<double>(knots_));
        return {std::clamp(static_cast<Index>(s), Index{0}, knots_ - 1), 1, {1.0}};
      }
      case Kind::linear: {
        const auto [k, u] = interval(z, knots_ - 1);
        return {k, 2, {1.0 - u, u}};
      }
      default: {  // uniform cubic B-splines, twice differentiable
        const auto [k, u] = interval(z, knots_ - 3);
        const double v = 1.0 - u;
        return {k,
                4,
                {v * v * v / 6.0, (3.0 * u * u * u - 6.0 * u * u + 4.0) / 6.0,
                 (3.0 * v * v * v - 6.0 * v * v + 4.0) / 6.0, u * u * u / 6.0}};
      }
    }
  }

 private:
  // The interval of `n` equal ones of [0, depth] and the place in it; ends are held.
  [[nodiscard]] std::pair<Index, double> interval(double z, Index n) const {
    const double s = std::clamp(z / depth_, 0.0, 1.0) * static_cast<double>(n);
    const Index k = std::min(static_cast<Index>(s), n - 1);
    return {k, s - static_cast<double>(k)};
  }

  Kind kind_;
  Index knots_;
  double depth_;
};

class Evaluation final : public FieldEvaluation {
 public:
  Evaluation(const VectorField& inner, const Basis& basis, Index samples)
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
  Basis basis_;
  Weights at_;
  Vec theta_, dtheta_, theta_bar_;
};

class Field final : public VectorField {
 public:
  Field(std::shared_ptr<const VectorField> inner, const Basis& basis)
      : inner_(std::move(inner)), basis_(basis) {}

  [[nodiscard]] Index width() const override { return inner_->width(); }
  [[nodiscard]] Index n_parameters() const override {
    return basis_.knots() * inner_->n_parameters();
  }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index samples) const override {
    return std::make_unique<Evaluation>(*inner_, basis_, samples);
  }
  [[nodiscard]] Layout layout() const override {
    Layout all;
    for (Index k = 0; k < basis_.knots(); ++k)
      for (Block block : inner_->layout()) {
        block.name += fmt::format("_knot{}", k);
        block.offset += k * inner_->n_parameters();
        block.group = fmt::format("knot{}", k);
        all.push_back(std::move(block));
      }
    return all;
  }
  [[nodiscard]] Vec initial_parameters(Rng& rng) const override {
    Vec theta(n_parameters());
    for (Index k = 0; k < basis_.knots(); ++k)
      theta.segment(k * inner_->n_parameters(), inner_->n_parameters()) =
          inner_->initial_parameters(rng);
    return theta;
  }

 private:
  std::shared_ptr<const VectorField> inner_;
  Basis basis_;
};

}  // namespace

Doc DepthDependentField::doc() {
  return {.summary = "a field whose parameters change with depth, by pieces or splines",
          .equation = "f(a, z; theta) = f_inner(a, z; sum_k w_k(z) theta_k)",
          .source = "C. de Boor, A Practical Guide to Splines, 2001, for the cubic B-splines",
          .notes =
              "pieces: w_k = 1 on the k-th of `knots` equal pieces of [0, depth]; linear: hat "
              "functions; spline: uniform cubic B-splines. Beyond the ends theta stays. Every "
              "knot starts with numbers of its own. Jumps between pieces cost an adaptive "
              "solver rejected steps."};
}

void DepthDependentField::fields(Fields& f) {
  f("knots", knots, "1", "sets of parameters", between(1, 1e6));
  f("interpolation", interpolation, "", "w_k", one_of({"pieces", "linear", "spline"}));
  f("depth", depth, "depth", "where the last knot lies", positive());
  if (f.reading()) {
    const Index least = interpolation == "spline" ? 4 : interpolation == "linear" ? 2 : 1;
    if (knots < least)
      f.reject("knots",
               fmt::format("must be >= {} for interpolation \"{}\"", least, interpolation));
  }
  part<FieldRecipe>(f, "of", field_name, vector_fields(), "the field whose parameters they are",
                    [this](FieldRecipe&& made) { inner = std::move(made); });
}

std::shared_ptr<const VectorField> DepthDependentField::operator()(Index width) const {
  const auto kind = interpolation == "pieces"   ? Basis::Kind::pieces
                    : interpolation == "linear" ? Basis::Kind::linear
                                                : Basis::Kind::spline;
  return std::make_shared<Field>(inner(width), Basis(kind, knots, depth));
}

}  // namespace thalweg
