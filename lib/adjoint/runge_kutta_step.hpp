// One step of an explicit Runge-Kutta method on a block of samples, with everything that
// differentiation needs: each stage keeps its field evaluation, so that derivatives forwards,
// backwards and forwards over backwards follow the arithmetic of the step. With
// Y_i = y + h sum_{j<i} a_ij k_j, outputs x_m = y + h sum_i b_i(sigma_m) k_i, a loss L and
// bars for its derivatives:
//
//   kbar_i = h b_i ybar_new + h sum_m b_i(sigma_m) xbar_m + h sum_{j>i} a_ji u_j,
//   u_i = f_a(Y_i)' kbar_i,   thetabar += f_theta(Y_i)' kbar_i,   ybar = ybar_new + sum_m xbar_m +
//   sum_i u_i.
//
// The step size is a constant of the map. E. Hairer, C. Lubich, G. Wanner, Geometric Numerical
// Integration, VI.9.2: this is the adjoint of the discrete map, exact to rounding.
#pragma once
#include <thalweg/adjoint/tableau.hpp>
#include <thalweg/core/smooth_pieces.hpp>
#include <thalweg/core/vector_field.hpp>

#include <memory>
#include <vector>

namespace thalweg {

/// States are blocks (width, n) as flat vectors, sample after sample.
class RungeKuttaStep {
 public:
  /// Room for n <= samples; both arguments must outlive it.
  RungeKuttaStep(const VectorField& field, const Tableau& tableau, Index samples);
  /// The number of samples from now on.
  void use_samples(Index n);
  [[nodiscard]] Index size() const { return width_ * n_; }

  /// k_0 = f(y, z). Until the next one all stages are of the piece of the field that goes on from
  /// z: a step must end where that ends, or before.
  void first_stage(In theta, In y, double z);
  [[nodiscard]] const SmoothPieces& piece() const { return pieces_; }
  /// k_0 becomes the k_s of the step before, in the same piece.
  void shift();
  /// k_1 .. k_{s-1} and y_new; needs k_0.
  void stages(In theta, In y, double z, double h, Out y_new);
  /// k_s = f(y_new, z + h), for dense output, error estimate and the next step.
  void last_stage(In theta, In y_new, double z_new);
  /// h sum_i error_i k_i
  void error(double h, Out e) const;
  void output(In y, double h, double sigma, Out x) const;
  [[nodiscard]] const Vec& k(Index i) const { return k_[static_cast<std::size_t>(i)]; }

  /// The same along (dy, dtheta), each after its counterpart above.
  void first_stage_tangent(In dtheta, In dy);
  void stages_tangent(In dtheta, In dy, double h, Out dy_new);
  void last_stage_tangent(In dtheta, In dy_new);
  void output_tangent(In dy, double h, double sigma, Out dx) const;

  /// Backwards through the stages that were computed last. start_adjoint takes ybar_new in y_bar,
  /// output_adjoint what an output passes on, finish_adjoint leaves ybar and adds to theta_bar.
  void start_adjoint(double h, In y_bar);
  void output_adjoint(double h, double sigma, In x_bar, Out y_bar);
  void finish_adjoint(Out y_bar, double h, Out theta_bar);
  /// The tangents of the bars, each beside its counterpart above; the last one in place of
  /// finish_adjoint, after the tangents of the stages. theta_bar may be empty.
  void start_adjoint_tangent(double h, In dy_bar);
  void output_adjoint_tangent(double h, double sigma, In dx_bar, Out dy_bar);
  void finish_adjoint_tangent(Out y_bar, Out dy_bar, double h, Out theta_bar, Out dtheta_bar);

  /// Calls of the field since the start.
  struct Calls {
    Index evaluations = 0, vjps = 0, jvps = 0, vjp_tangents = 0;
  };
  [[nodiscard]] const Calls& calls() const { return calls_; }

 private:
  using Stages = std::vector<Vec>;
  [[nodiscard]] Vec& at(Stages& k, Index i) const { return k[static_cast<std::size_t>(i)]; }
  [[nodiscard]] FieldEvaluation& tape(Index i) { return *tapes_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] Eigen::Map<const Mat> block(const Vec& y) const { return {y.data(), width_, n_}; }
  [[nodiscard]] Eigen::Map<const Mat> block(In y) const { return {y.data(), width_, n_}; }
  [[nodiscard]] Eigen::Map<Mat> block(Vec& y) const { return {y.data(), width_, n_}; }
  void evaluate(Index i, In theta, In y, double z);
  void argument(const Stages& k, Index i, In y, double h, Out Y) const;
  void dense(const Stages& k, In y, double h, double sigma, Out x) const;
  void start(Stages& k_bar, double h, In y_bar);
  void pull(Stages& k_bar, double h, double sigma, In x_bar, Out y_bar);
  void pass_on(Stages& k_bar, Index i, double h, const Vec& u, Out y_bar);

  const Tableau& tableau_;
  Index width_, n_, s_;
  SmoothPieces pieces_;
  std::vector<std::unique_ptr<FieldEvaluation>> tapes_;  // one a stage
  Stages k_, dk_, k_bar_, dk_bar_;
  Vec Y_, u_, du_;
  bool last_in_use_ = false;  // whether an output has reached k_s
  Calls calls_{};
};

}  // namespace thalweg
