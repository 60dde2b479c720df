#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/nesterov.hpp>
#include <thalweg/models/dynamics/sharpness_limit.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

namespace thalweg {

namespace {

class LookAhead {
 public:
  LookAhead(AnyPotential potential, double eta, double beta, double limit)
      : potential_(std::move(potential)),
        d_(potential_.dim()),
        eta_(eta),
        beta_(beta),
        limit_(limit) {}

  [[nodiscard]] Index dim() const { return 2 * d_; }
  void apply(In x, Out next, Index) const {
    auto q = next.head(d_), v = next.tail(d_);
    q = x.head(d_) + beta_ * x.tail(d_);  // the look-ahead point, until it is used
    potential_.gradient(q, v);
    v = beta_ * x.tail(d_) - eta_ * v;
    q = x.head(d_) + v;
  }
  [[nodiscard]] bool has_tangent() const { return potential_.has_hvp(); }
  void tangent(In x, MatIn V, MatOut DFV, Index) const {
    const Vec y = x.head(d_) + beta_ * x.tail(d_);
    auto dq = DFV.topRows(d_), dv = DFV.bottomRows(d_);
    dq = V.topRows(d_) + beta_ * V.bottomRows(d_);
    potential_.at(y)->hvp(dq, dv);
    dv = beta_ * V.bottomRows(d_) - eta_ * dv;
    dq = V.topRows(d_) + dv;
  }
  [[nodiscard]] double time_step() const { return eta_; }
  [[nodiscard]] Layout layout() const { return with_copies(potential_.layout(), d_, {"velocity"}); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return with_zeros(potential_.initial_state(rng), dim());
  }
  [[nodiscard]] Observables observables() const {
    auto all = of_parameters(potential_.observables(), d_);
    all.push_back(sharpness_limit_observable(limit_));
    return all;
  }
  [[nodiscard]] bool may_wait() const { return true; }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return charge_law_of_look_ahead(d_, eta_, beta_);
  }

 private:
  AnyPotential potential_;
  Index d_;
  double eta_, beta_, limit_;
};

}  // namespace

Doc Nesterov::doc() {
  return {.summary = "gradient descent with Nesterov's momentum",
          .equation =
              "y_n = q_n + beta v_n, v_{n+1} = beta v_n - eta grad L(y_n), "
              "q_{n+1} = q_n + v_{n+1}, t = n eta",
          .source =
              "Sutskever, Martens, Dahl and Hinton, On the importance of initialization and "
              "momentum in deep learning, 2013",
          .notes =
              "constant beta, starts at rest; stable while the sharpness is below "
              "(2+2 beta)/((1+2 beta) eta)"};
}

Motion Nesterov::operator()(const AnyPotential& potential) const {
  return AnyMap(LookAhead(potential, learning_rate, momentum, sharpness_limit()));
}

}  // namespace thalweg
