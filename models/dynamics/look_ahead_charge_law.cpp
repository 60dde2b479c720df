#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/charge_scale.hpp>

namespace thalweg {

namespace {

using Kind = Symmetry::Kind;

// With the step against the gradient w = eta g(y_n) = beta v_n - v_{n+1}, y_n = q_n + beta v_n, is
// q_{n+1} = y_n - w and v_{n+1} = beta v_n - w, and <w, A y_n> = eta decay <y_n, A y_n>.
class LookAheadLaw final : public ChargeLaw {
 public:
  LookAheadLaw(Index parameters, double eta, double beta)
      : d_(parameters), eta_(eta), beta_(beta) {}

  std::string equation(Kind kind) const override {
    switch (kind) {
      case Kind::rotation:
        return "Q_{n+1} = beta Q_n + beta <v_n, A v_{n+1}>, Q = <v, A q>";
      case Kind::translation:
        return "Q_{n+1} = (1 - eta decay) (Q_n + beta <a, v_n>), Q = <a, q>";
      default:
        return "Q_{n+1} = (1 - 2 eta decay) <y_n, A y_n> + eta^2 <g(y_n), A g(y_n)>, "
               "y_n = q_n + beta v_n, Q = <q, A q>";
    }
  }
  bool needs_every_step(const Symmetry& s) const override { return s.kind != Kind::translation; }
  bool is_identity() const override { return true; }

  void charges(const Symmetry& s, In x, double, MatOut y) const override {
    const auto q = x.head(d_), v = x.tail(d_);
    s.pairing(v, q, y.col(1));
    if (s.kind == Kind::rotation)
      y.col(0) = y.col(1);
    else
      s.pairing(q, q, y.col(0));
  }

  double scale(const Symmetry& s, In x) const override {
    const auto q = x.head(d_);
    if (s.kind != Kind::rotation) return charge_scale(s, q);
    return s.moved_norm(q) * s.moved_norm(x.tail(d_));
  }

  // y = (Q, T), T = <q, A v> or <a, v>.
  void advance(const Symmetry& s, double t_from, double t_to, const Path& path,
               MatOut y) const override {
    auto Q = y.col(0), T = y.col(1);
    if (s.kind == Kind::translation) {
      for (auto n = std::llround((t_to - t_from) / eta_); n > 0; --n) {
        T = beta_ * T - eta_ * s.decay * (Q + beta_ * T);
        Q += T;
      }
      return;
    }
    thread_local Vec before, after, w, D, W, mixed, ahead;
    before = path(t_from).tail(d_);
    after = path(t_to).tail(d_);
    mixed.resize(s.size());
    if (s.kind == Kind::rotation) {
      s.pairing(before, after, mixed);
      Q = beta_ * (Q + mixed);
      return;
    }
    w = beta_ * before - after;
    D.resize(s.size());
    W.resize(s.size());
    s.pairing(before, before, D);
    s.pairing(w, w, W);
    s.pairing(w, before, mixed);
    ahead = Q + 2.0 * beta_ * T + beta_ * beta_ * D;  // <y_n, A y_n>
    T = beta_ * (T + beta_ * D) - eta_ * s.decay * ahead - beta_ * mixed + W;
    Q = (1.0 - 2.0 * eta_ * s.decay) * ahead + W;
  }

 private:
  Index d_;
  double eta_, beta_;
};

}  // namespace

std::shared_ptr<const ChargeLaw> charge_law_of_look_ahead(Index parameters, double learning_rate,
                                                          double momentum) {
  return std::make_shared<LookAheadLaw>(parameters, learning_rate, momentum);
}

}  // namespace thalweg
