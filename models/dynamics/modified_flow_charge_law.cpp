#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/charge_scale.hpp>

#include <cmath>
#include <utility>

namespace thalweg {

namespace {

using Kind = Symmetry::Kind;

// From <g, A q> = decay <q, A q> follow, along v and then along g,
//   <H v, A q> = 2 decay <v, A q> - <g, A v>,   <T[g,g], A q> = 2 decay <g, A g> - 2 <H g, A g>,
// and of a translation <H v, a> = decay <v, a>, <T[g,g], a> = 0.
class ModifiedFlowLaw final : public ChargeLaw {
 public:
  ModifiedFlowLaw(AnyPotential potential, double eta, Index order)
      : potential_(std::move(potential)), eta_(eta), order_(order) {}

  std::string equation(Kind kind) const override {
    const bool third = order_ == 3;
    switch (kind) {
      case Kind::rotation:
        return {};
      case Kind::translation:
        return std::string("Q' = -(decay + eta decay^2 / 2") +
               (third ? " + eta^2 decay^3 / 3" : "") + ") Q, Q = <a, q>";
      default:
        return third ? "Q' = eta (1 + eta decay) <g, A g> + eta^2 <g, A H g> - (2 decay + 2 eta "
                       "decay^2 + 8/3 eta^2 decay^3) Q, Q = <q, A q>"
                     : "Q' = eta <g, A g> - (2 decay + 2 eta decay^2) Q, Q = <q, A q>";
    }
  }
  bool needs_every_step(const Symmetry& s) const override { return s.kind != Kind::translation; }
  bool is_identity() const override { return false; }
  void charges(const Symmetry& s, In x, double, MatOut y) const override {
    y.setZero();
    s.pairing(x, x, y.col(0));
  }
  double scale(const Symmetry& s, In x) const override { return charge_scale(s, x); }

  // The source by the 3-point Gauss rule under the exponential.
  void advance(const Symmetry& s, double t_from, double t_to, const Path& path,
               MatOut y) const override {
    static const double root = std::sqrt(15.0);
    const double h = t_to - t_from, rate = decay_rate(s);
    auto Q = y.col(0);
    Q *= std::exp(-rate * h);
    if (!needs_every_step(s)) return;
    for (const auto& [node, weight] : {std::pair{0.5 - root / 10.0, 5.0 / 18.0},
                                       {0.5, 4.0 / 9.0},
                                       {0.5 + root / 10.0, 5.0 / 18.0}})
      Q += weight * h * std::exp(-rate * h * (1.0 - node)) * source(s, path(t_from + node * h));
  }

 private:
  [[nodiscard]] double decay_rate(const Symmetry& s) const {
    const double x = eta_ * s.decay, third = order_ == 3 ? 1.0 : 0.0;
    if (s.kind == Kind::translation) return s.decay * (1.0 + x / 2.0 + third * x * x / 3.0);
    return s.decay * (2.0 + 2.0 * x + third * 8.0 / 3.0 * x * x);
  }

  const Vec& source(const Symmetry& s, const Vec& q) const {
    thread_local Vec g, Hg, pairs, more;
    g.resize(q.size());
    pairs.resize(s.size());
    potential_.gradient(q, g);
    s.pairing(g, g, pairs);
    pairs *= eta_;
    if (order_ < 3) return pairs;
    Hg.resize(q.size());
    more.resize(s.size());
    potential_.hvp(q, g, Hg);
    s.pairing(Hg, g, more);
    pairs = (1.0 + eta_ * s.decay) * pairs + eta_ * eta_ * more;
    return pairs;
  }

  AnyPotential potential_;
  double eta_;
  Index order_;
};

}  // namespace

std::shared_ptr<const ChargeLaw> charge_law_of_modified_flow(const AnyPotential& potential,
                                                             double learning_rate, Index order) {
  return std::make_shared<ModifiedFlowLaw>(potential.with_own_counts(), learning_rate, order);
}

}  // namespace thalweg
