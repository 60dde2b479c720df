#include <thalweg/adjoint/runge_kutta_step.hpp>

#include <algorithm>
#include <utility>

namespace thalweg {

RungeKuttaStep::RungeKuttaStep(const VectorField& field, const Tableau& tableau, Index samples)
    : tableau_(tableau),
      width_(field.width()),
      n_(samples),
      s_(tableau.stages),
      pieces_(field.breaks()) {
  for (Index i = 0; i <= s_; ++i) tapes_.push_back(field.evaluation(samples));
  use_samples(samples);
}

void RungeKuttaStep::use_samples(Index n) {
  n_ = n;
  const auto count = static_cast<std::size_t>(s_ + 1);
  for (Stages* all : {&k_, &dk_, &k_bar_, &dk_bar_}) {
    all->resize(count);
    for (auto& k : *all) k.resize(size());
  }
  for (Vec* v : {&Y_, &u_, &du_}) v->resize(size());
}

void RungeKuttaStep::evaluate(Index i, In theta, In y, double z) {
  ++calls_.evaluations;
  tape(i).evaluate(block(y), pieces_.inside(z), theta, block(at(k_, i)));
}

void RungeKuttaStep::first_stage(In theta, In y, double z) {
  pieces_.enter(z);
  evaluate(0, theta, y, z);
}

void RungeKuttaStep::shift() {
  const auto s = static_cast<std::size_t>(s_);
  std::swap(tapes_[0], tapes_[s]);
  std::swap(k_[0], k_[s]);
  std::swap(dk_[0], dk_[s]);
}

void RungeKuttaStep::argument(const Stages& k, Index i, In y, double h, Out Y) const {
  Y = y;
  for (Index j = 0; j < std::min(i, s_); ++j)
    if (const double a = tableau_.A(i, j); a != 0.0) Y += (h * a) * k[static_cast<std::size_t>(j)];
}

void RungeKuttaStep::stages(In theta, In y, double z, double h, Out y_new) {
  for (Index i = 1; i < s_; ++i) {
    argument(k_, i, y, h, Y_);
    evaluate(i, theta, Y_, z + tableau_.c[i] * h);
  }
  argument(k_, s_, y, h, y_new);
}

void RungeKuttaStep::last_stage(In theta, In y_new, double z_new) {
  evaluate(s_, theta, y_new, z_new);
}

void RungeKuttaStep::error(double h, Out e) const {
  e.setZero();
  for (Index i = 0; i <= s_; ++i)
    if (const double w = tableau_.error[i]; w != 0.0) e += (h * w) * k(i);
}

void RungeKuttaStep::dense(const Stages& k, In y, double h, double sigma, Out x) const {
  x = y;
  for (Index i = 0; i <= s_; ++i)
    if (const double b = tableau_.weight(i, sigma); b != 0.0)
      x += (h * b) * k[static_cast<std::size_t>(i)];
}

void RungeKuttaStep::output(In y, double h, double sigma, Out x) const {
  dense(k_, y, h, sigma, x);
}

void RungeKuttaStep::first_stage_tangent(In dtheta, In dy) {
  ++calls_.jvps;
  tape(0).jvp(block(dy), dtheta, block(at(dk_, 0)));
}

void RungeKuttaStep::stages_tangent(In dtheta, In dy, double h, Out dy_new) {
  for (Index i = 1; i < s_; ++i) {
    argument(dk_, i, dy, h, Y_);
    ++calls_.jvps;
    tape(i).jvp(block(std::as_const(Y_)), dtheta, block(at(dk_, i)));
  }
  argument(dk_, s_, dy, h, dy_new);
}

void RungeKuttaStep::last_stage_tangent(In dtheta, In dy_new) {
  ++calls_.jvps;
  tape(s_).jvp(block(dy_new), dtheta, block(at(dk_, s_)));
}

void RungeKuttaStep::output_tangent(In dy, double h, double sigma, Out dx) const {
  dense(dk_, dy, h, sigma, dx);
}

void RungeKuttaStep::start(Stages& k_bar, double h, In y_bar) {
  for (Index i = 0; i < s_; ++i) at(k_bar, i) = (h * tableau_.b(i)) * y_bar;
  at(k_bar, s_).setZero();
}

void RungeKuttaStep::pull(Stages& k_bar, double h, double sigma, In x_bar, Out y_bar) {
  for (Index i = 0; i <= s_; ++i)
    if (const double b = tableau_.weight(i, sigma); b != 0.0) at(k_bar, i) += (h * b) * x_bar;
  y_bar += x_bar;
}

void RungeKuttaStep::pass_on(Stages& k_bar, Index i, double h, const Vec& u, Out y_bar) {
  y_bar += u;
  for (Index j = 0; j < std::min(i, s_); ++j)
    if (const double a = tableau_.A(i, j); a != 0.0) at(k_bar, j) += (h * a) * u;
}

void RungeKuttaStep::start_adjoint(double h, In y_bar) {
  start(k_bar_, h, y_bar);
  last_in_use_ = false;
}

void RungeKuttaStep::output_adjoint(double h, double sigma, In x_bar, Out y_bar) {
  pull(k_bar_, h, sigma, x_bar, y_bar);
  last_in_use_ = true;
}

void RungeKuttaStep::finish_adjoint(Out y_bar, double h, Out theta_bar) {
  for (Index i = last_in_use_ ? s_ : s_ - 1; i >= 0; --i) {
    ++calls_.vjps;
    tape(i).vjp(block(at(k_bar_, i)), block(u_), theta_bar);
    pass_on(k_bar_, i, h, u_, y_bar);
  }
}

void RungeKuttaStep::start_adjoint_tangent(double h, In dy_bar) { start(dk_bar_, h, dy_bar); }

void RungeKuttaStep::output_adjoint_tangent(double h, double sigma, In dx_bar, Out dy_bar) {
  pull(dk_bar_, h, sigma, dx_bar, dy_bar);
}

void RungeKuttaStep::finish_adjoint_tangent(Out y_bar, Out dy_bar, double h, Out theta_bar,
                                            Out dtheta_bar) {
  for (Index i = last_in_use_ ? s_ : s_ - 1; i >= 0; --i) {
    ++calls_.vjp_tangents;
    tape(i).vjp_tangent(block(at(k_bar_, i)), block(at(dk_bar_, i)), block(du_), dtheta_bar);
    ++calls_.vjps;
    tape(i).vjp(block(at(k_bar_, i)), block(u_), theta_bar);
    pass_on(k_bar_, i, h, u_, y_bar);
    pass_on(dk_bar_, i, h, du_, dy_bar);
  }
}

}  // namespace thalweg
