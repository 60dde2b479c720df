#include <thalweg/core/scratch.hpp>
#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/charge_scale.hpp>

#include <Eigen/LU>
#include <array>
#include <cmath>
#include <utility>

namespace thalweg {

namespace {

using Kind = Symmetry::Kind;

class FlowLaw final : public ChargeLaw {
 public:
  std::string equation(Kind kind) const override {
    switch (kind) {
      case Kind::rotation:
        return {};
      case Kind::translation:
        return "Q' = -decay Q, Q = <a, q>";
      default:
        return "Q' = -2 decay Q, Q = <q, A q>";
    }
  }
  bool needs_every_step(const Symmetry&) const override { return false; }
  bool is_identity() const override { return false; }
  void charges(const Symmetry& s, In x, double, MatOut y) const override {
    y.setZero();
    s.pairing(x, x, y.col(0));
  }
  double scale(const Symmetry& s, In x) const override { return charge_scale(s, x); }
  void advance(const Symmetry& s, double t_from, double t_to, const Path&,
               MatOut y) const override {
    if (s.decay != 0.0) y.col(0) *= std::exp(-charge_power(s) * s.decay * (t_to - t_from));
  }
};

class DescentLaw final : public ChargeLaw {
 public:
  // `parameters` = 0: the state has no velocity, and the momentum is 0.
  DescentLaw(Index parameters, double eta, double beta) : d_(parameters), eta_(eta), beta_(beta) {}

  std::string equation(Kind kind) const override {
    switch (kind) {
      case Kind::rotation:
        return d_ > 0 ? "Q_{n+1} = beta Q_n, Q = <v, A q>" : "";
      case Kind::translation:
        return d_ > 0 ? "Q_{n+1} = Q_n + S_{n+1}, S_{n+1} = beta S_n - eta decay Q_n, Q = <a, q>"
                      : "Q_{n+1} = (1 - eta decay) Q_n, Q = <a, q>";
      default:
        return d_ > 0 ? "Q_{n+1} = Q_n + 2 (beta <q_n, A v_n> - eta decay Q_n) + <v_{n+1}, A "
                        "v_{n+1}>, Q = <q, A q>"
                      : "Q_{n+1} = (1 - 2 eta decay) Q_n + eta^2 <g_n, A g_n>, Q = <q, A q>";
    }
  }
  bool needs_every_step(const Symmetry& s) const override {
    return s.kind == Kind::rescale || s.kind == Kind::scale;
  }
  bool is_identity() const override { return true; }

  void charges(const Symmetry& s, In x, double, MatOut y) const override {
    y.setZero();
    const auto q = x.head(parameters(x)), v = x.tail(d_);
    if (d_ > 0) s.pairing(v, q, y.col(1));
    if (s.kind == Kind::rotation)
      y.col(0) = y.col(1);
    else
      s.pairing(q, q, y.col(0));
  }

  double scale(const Symmetry& s, In x) const override {
    const auto q = x.head(parameters(x));
    if (s.kind != Kind::rotation) return charge_scale(s, q);
    return s.moved_norm(q) * s.moved_norm(x.tail(d_));
  }

  void advance(const Symmetry& s, double t_from, double t_to, const Path& path,
               MatOut y) const override {
    if (needs_every_step(s)) {
      thread_local Vec v, D;
      D.resize(s.size());
      if (d_ > 0) {
        v = path(t_to).tail(d_);
      } else {
        v = path(t_to);
        v -= path(t_from);
      }
      s.pairing(v, v, D);
      step(s, D, y);
      return;
    }
    const Vec none = Vec::Zero(s.size());
    for (auto n = std::llround((t_to - t_from) / eta_); n > 0; --n) step(s, none, y);
  }

 private:
  [[nodiscard]] Index parameters(In x) const { return d_ > 0 ? d_ : x.size(); }

  // y = (Q, <q, A v>), of a translation (Q, <a, v>), of a rotation Q alone counts.
  void step(const Symmetry& s, In D, MatOut y) const {
    auto Q = y.col(0), T = y.col(1);
    if (s.kind == Kind::rotation) {
      Q *= beta_;
      return;
    }
    T = beta_ * T - eta_ * s.decay * Q;  // S
    Q += charge_power(s) * T + D;
    T += D;
  }

  Index d_;
  double eta_, beta_;
};

class ParticleLaw final : public ChargeLaw {
 public:
  // `potential` only with a bending > 0.
  ParticleLaw(Index parameters, Mechanics particle, double growing, double bending = 0.0,
              AnyPotential potential = {})
      : d_(parameters),
        m_(particle.mass),
        gamma_(particle.friction),
        growing_(growing),
        bending_(bending),
        potential_(std::move(potential)) {}

  std::string equation(Kind kind) const override {
    if (bending_ > 0.0) switch (kind) {
        case Kind::rotation:
          return "Q' = -(gamma/m) Q + b <grad L, A v>, Q = m <v, A q>";
        case Kind::translation:
          return "Q'' + (gamma + b decay)/m Q' = -(decay/m) Q, Q = <a, q>";
        default:
          return "Q'' + (gamma + 2 b decay)/m Q' = 2 <v, A v> + (2 b/m) <grad L, A v> - (2 "
                 "decay/m) "
                 "Q, Q = <q, A q>, b = m sqrt(s)";
      }
    const std::string friction = growing_ > 0.0 ? "(r/t) " : "(gamma/m) ";
    switch (kind) {
      case Kind::rotation:
        return "Q' = -" + friction + "Q, Q = m <v, A q>";
      case Kind::translation:
        return "Q'' + " + friction + "Q' = -(decay/m) Q, Q = <a, q>";
      default:
        return "Q'' + " + friction + "Q' = 2 <v, A v> - (2 decay/m) Q, Q = <q, A q>";
    }
  }
  bool needs_every_step(const Symmetry& s) const override {
    if (s.kind == Kind::translation) return s.decay != 0.0 || growing_ > 0.0;
    return s.kind != Kind::rotation || bending_ > 0.0;
  }
  bool is_identity() const override { return false; }

  void charges(const Symmetry& s, In x, double, MatOut y) const override {
    const auto q = x.head(d_), v = x.segment(d_, d_);
    y.setZero();
    s.pairing(v, q, y.col(1));
    if (s.kind == Kind::rotation) {
      y.col(0) = m_ * y.col(1);
      return;
    }
    s.pairing(q, q, y.col(0));
    y.col(1) *= charge_power(s);
  }

  double scale(const Symmetry& s, In x) const override {
    if (s.kind != Kind::rotation) return charge_scale(s, x.head(d_));
    return m_ * s.moved_norm(x.head(d_)) * s.moved_norm(x.segment(d_, d_));
  }

  void advance(const Symmetry& s, double t_from, double t_to, const Path& path,
               MatOut y) const override {
    if (t_to == t_from) return;
    const double h = t_to - t_from, rate = gamma_ / m_;
    if (s.kind == Kind::rotation && bending_ > 0.0) return turn(s, t_from, h, path, y);
    if (needs_every_step(s)) return collocate(s, t_from, h, path, y);
    if (s.kind == Kind::rotation) {
      y.col(0) *= std::exp(-rate * h);
      if (growing_ > 0.0) y.col(0) *= std::pow(t_from / t_to, growing_ / m_);
    } else {
      y.col(0) += (rate > 0.0 ? -std::expm1(-rate * h) / rate : h) * y.col(1);
      y.col(1) *= std::exp(-rate * h);
    }
  }

 private:
  // Q' = R, R' = -w Q - f(t) R + 2 <v, A v> by the 3-stage Gauss method: slopes k of R solve
  // (1 + h F A + w h^2 A^2) k = s - F R - w (Q + h R A 1), F = diag(f) at the nodes.
  void collocate(const Symmetry& s, double t, double h, const Path& path, MatOut y) const {
    using Mat3 = Eigen::Matrix3d;
    using Vec3 = Eigen::Vector3d;
    static const double root = std::sqrt(15.0);
    static const Vec3 node(0.5 - root / 10.0, 0.5, 0.5 + root / 10.0);
    static const Vec3 weight(5.0 / 18.0, 4.0 / 9.0, 5.0 / 18.0);
    static const Mat3 A = (Mat3() << 5.0 / 36.0, 2.0 / 9.0 - root / 15.0, 5.0 / 36.0 - root / 30.0,
                           5.0 / 36.0 + root / 24.0, 2.0 / 9.0, 5.0 / 36.0 - root / 24.0,
                           5.0 / 36.0 + root / 30.0, 2.0 / 9.0 + root / 15.0, 5.0 / 36.0)
                              .finished();
    const double w = charge_power(s) * s.decay / m_;
    const Scratch room(3 * s.size());
    Eigen::Map<Mat> source(room->data(), s.size(), 3);
    source.setZero();
    Vec3 f;
    for (Index i = 0; i < 3; ++i) {
      const double at = t + h * node[i];
      f[i] =
          (gamma_ + (growing_ > 0.0 ? growing_ / at : 0.0) + charge_power(s) * bending_ * s.decay) /
          m_;
      if (s.kind == Kind::translation) continue;
      const Vec& x = path(at);
      s.pairing(x.segment(d_, d_), x.segment(d_, d_), source.col(i));
      if (bending_ > 0.0) {
        const Scratch pairs(s.size());
        gradient_pairing(s, x, *pairs);
        source.col(i) += bending_ / m_ * *pairs;
      }
    }
    const Mat3 system = Mat3::Identity() + h * f.asDiagonal() * A + w * h * h * (A * A);
    const Eigen::PartialPivLU<Mat3> lu(system);
    const Vec3 row_sums = A * Vec3::Ones();
    for (Index j = 0; j < s.size(); ++j) {
      double &Q = y(j, 0), &R = y(j, 1);
      const Vec3 right =
          2.0 * source.row(j).transpose() - R * f - w * (Vec3::Constant(Q) + h * R * row_sums);
      const Vec3 k = lu.solve(right);
      Q += h * R + h * h * weight.dot(A * k);
      R += h * weight.dot(k);
    }
  }

  // <grad L, A v>: along v the symmetry says <H v, A q> + <grad L, A v> = decay <q, A q>'.
  void gradient_pairing(const Symmetry& s, const Vec& x, Out pairs) const {
    const Scratch g(d_);
    potential_.gradient(x.head(d_), *g);
    s.pairing(*g, x.segment(d_, d_), pairs);
  }

  // Q' = -(gamma/m) Q + b <grad L, A v> by the 3-point Gauss rule under the exponential.
  void turn(const Symmetry& s, double t, double h, const Path& path, MatOut y) const {
    static const double root = std::sqrt(15.0);
    const double rate = gamma_ / m_;
    y.col(0) *= std::exp(-rate * h);
    for (const auto& [node, weight] : {std::pair{0.5 - root / 10.0, 5.0 / 18.0},
                                       {0.5, 4.0 / 9.0},
                                       {0.5 + root / 10.0, 5.0 / 18.0}}) {
      const Scratch pairs(s.size());
      gradient_pairing(s, path(t + node * h), *pairs);
      y.col(0) += weight * h * std::exp(-rate * h * (1.0 - node)) * bending_ * *pairs;
    }
  }

  Index d_;
  double m_, gamma_, growing_, bending_;
  AnyPotential potential_;
};

}  // namespace

std::shared_ptr<const ChargeLaw> charge_law_of_gradient_flow() {
  return std::make_shared<FlowLaw>();
}

std::shared_ptr<const ChargeLaw> charge_law_of_descent(double learning_rate) {
  return std::make_shared<DescentLaw>(0, learning_rate, 0.0);
}

std::shared_ptr<const ChargeLaw> charge_law_of_heavy_ball(Index parameters, double learning_rate,
                                                          double momentum) {
  return std::make_shared<DescentLaw>(parameters, learning_rate, momentum);
}

std::shared_ptr<const ChargeLaw> charge_law_of_particle(Index parameters, Mechanics particle,
                                                        double growing) {
  return std::make_shared<ParticleLaw>(parameters, particle, growing);
}

std::shared_ptr<const ChargeLaw> charge_law_of_hessian_damping(const AnyPotential& potential,
                                                               Mechanics particle, double damping) {
  return std::make_shared<ParticleLaw>(potential.dim(), particle, 0.0, damping,
                                       potential.with_own_counts());
}

}  // namespace thalweg
