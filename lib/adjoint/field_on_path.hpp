// A vector field along a solve that is kept: the states at its nodes, and the tangents beside them,
// with cubic Hermite interpolation between. What the motions of a continuous adjoint share.
#pragma once
#include <thalweg/core/smooth_pieces.hpp>
#include <thalweg/core/vector_field.hpp>
#include <thalweg/numerics/hermite.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace thalweg {

/// States along a solve with their slopes. Nodes are used again by the next solve. At a break of
/// the field there are two, with the slope before and the one after.
class KeptPath {
 public:
  void clear() {
    depths_.clear();
    count_ = 0;
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Nodes ascend; the slope is to be written to what this returns.
  Vec& add(double z, In x) {
    if (count_ == states_.size()) {
      states_.emplace_back();
      slopes_.emplace_back();
    }
    depths_.push_back(z);
    states_[count_] = x;
    slopes_[count_].resize(x.size());
    return slopes_[count_++];
  }
  void at(double z, Out x) const {
    const auto above = std::upper_bound(depths_.begin() + 1, depths_.end() - 1, z);
    const auto i = static_cast<std::size_t>(above - depths_.begin()) - 1;
    hermite(std::clamp(z, depths_[i], depths_[i + 1]), depths_[i], states_[i], slopes_[i],
            depths_[i + 1], states_[i + 1], slopes_[i + 1], x);
  }
  [[nodiscard]] std::size_t bytes() const {
    return count_ == 0 ? 0
                       : 2 * count_ * static_cast<std::size_t>(states_[0].size()) * sizeof(double);
  }

 private:
  std::size_t count_ = 0;
  std::vector<double> depths_{};
  std::vector<Vec> states_{}, slopes_{};
};

/// States are blocks (width, n) as flat vectors, sample after sample. The field is evaluated inside
/// the piece between breaks that a solve has entered.
class FieldOnPath {
 public:
  FieldOnPath(const VectorField& field, Index samples)
      : pieces(field.breaks()), width_(field.width()), evaluation_(field.evaluation(samples)) {}

  void use(Index n) {
    n_ = n;
    for (Vec* v : {&a_, &da_, &f_, &u_}) v->resize(size());
  }
  [[nodiscard]] Index size() const { return width_ * n_; }
  void start(In theta) {
    theta_ = theta;
    no_direction_.setZero(theta.size());
    path_.clear();
    tangents_.clear();
  }
  void start_tangents(In dtheta) {
    dtheta_ = dtheta;
    tangents_.clear();
  }
  [[nodiscard]] const Vec& theta() const { return theta_; }
  [[nodiscard]] const KeptPath& path() const { return path_; }

  void evaluate(In a, double z, Out f) {
    ++evaluations;
    evaluation_->evaluate(block(a), pieces.inside(z), theta_, block(f));
  }
  /// Jv = f_a v, at the last evaluation as all that follows.
  void push(In v, Out Jv) { evaluation_->jvp(block(v), no_direction_, block(Jv)); }
  /// dF = f_a da + f_theta dtheta
  void push_tangent(In da, Out dF) { evaluation_->jvp(block(da), dtheta_, block(dF)); }
  void pull(In delta, Out u) {
    ++vjps;
    evaluation_->vjp(block(delta), block(u), none_);
  }
  /// theta_bar += f_theta(a, z)' delta
  void pull_theta(In a, double z, In delta, Out theta_bar) {
    evaluate(a, z, f_);
    ++vjps;
    evaluation_->vjp(block(delta), block(Out(u_)), theta_bar);
  }
  /// The derivative of `pull` along the last push and ddelta.
  void pull_tangent(In delta, In ddelta, Out du) {
    evaluation_->vjp_tangent(block(delta), block(ddelta), block(du), none_);
  }

  void evaluate_at_node(double z) {
    path_.at(z, a_);
    evaluate(a_, z, f_);
  }
  /// The same, pushing the tangent there.
  void push_at_node(double z) {
    evaluate_at_node(z);
    tangents_.at(z, da_);
    push_tangent(da_, u_);
  }
  /// dtheta_bar += the derivative of f_theta' delta along the kept tangent, dtheta and ddelta.
  void pull_theta_tangent(double z, In delta, In ddelta, Out dtheta_bar) {
    push_at_node(z);
    evaluation_->vjp_tangent(block(delta), block(ddelta), block(Out(u_)), dtheta_bar);
  }

  void add_node(double z, In a) { evaluate(a, z, path_.add(z, a)); }
  void add_tangent_node(double z, In da) {
    evaluate_at_node(z);
    push_tangent(da, tangents_.add(z, da));
  }

  Index evaluations = 0, vjps = 0;
  SmoothPieces pieces;

 private:
  [[nodiscard]] Eigen::Map<const Mat> block(In a) const { return {a.data(), width_, n_}; }
  [[nodiscard]] Eigen::Map<Mat> block(Out a) const { return {a.data(), width_, n_}; }

  Index width_, n_ = 0;
  std::unique_ptr<FieldEvaluation> evaluation_;
  Vec theta_, dtheta_, no_direction_, none_, a_, da_, f_, u_;
  KeptPath path_, tangents_;
};

/// In tau = -z: d delta/d tau = f_a(a(-tau), -tau)' delta. Linear in delta.
struct AdjointOnPath {
  std::shared_ptr<FieldOnPath> shared;
  [[nodiscard]] Index dim() const { return shared->size(); }
  void rhs(In delta, Out u, double tau) const {
    shared->evaluate_at_node(-tau);
    shared->pull(delta, u);
  }
  void jvp(In, In v, Out Jv, double tau) const { rhs(v, Jv, tau); }
};

/// Places and weights of Gauss' rule with three points on [0, 1]; 0.387... is sqrt(0.15).
inline constexpr std::array<std::pair<double, double>, 3> gauss_in_step{
    {{0.5 - 0.38729833462074169, 5.0 / 18.0},
     {0.5, 4.0 / 9.0},
     {0.5 + 0.38729833462074169, 5.0 / 18.0}}};

}  // namespace thalweg
