#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/heavy_ball.hpp>
#include <thalweg/models/dynamics/sharpness_limit.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

namespace thalweg {

namespace {

class Ball {
 public:
  Ball(AnyPotential potential, double eta, double beta, double limit)
      : potential_(std::move(potential)),
        d_(potential_.dim()),
        eta_(eta),
        beta_(beta),
        limit_(limit) {}

  [[nodiscard]] Index dim() const { return 2 * d_; }
  void apply(In x, Out next, Index) const {
    potential_.gradient(x.head(d_), next.tail(d_));
    next.tail(d_) = beta_ * x.tail(d_) - eta_ * next.tail(d_);
    next.head(d_) = x.head(d_) + next.tail(d_);
  }
  [[nodiscard]] bool has_tangent() const { return potential_.has_hvp(); }
  void tangent(In x, MatIn V, MatOut DFV, Index) const {
    potential_.at(x.head(d_))->hvp(V.topRows(d_), DFV.bottomRows(d_));
    DFV.bottomRows(d_) = beta_ * V.bottomRows(d_) - eta_ * DFV.bottomRows(d_);
    DFV.topRows(d_) = V.topRows(d_) + DFV.bottomRows(d_);
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
    return charge_law_of_heavy_ball(d_, eta_, beta_);
  }

 private:
  AnyPotential potential_;
  Index d_;
  double eta_, beta_, limit_;
};

}  // namespace

Doc HeavyBall::doc() {
  return {
      .summary = "gradient descent with heavy-ball momentum",
      .equation = "v_{n+1} = beta v_n - eta grad L(q_n), q_{n+1} = q_n + v_{n+1}, t = n eta",
      .source = "Polyak, Some methods of speeding up the convergence of iteration methods, 1964",
      .notes =
          "starts at rest; equal to a damped particle of mass (1+beta)/2 eta and friction "
          "1-beta to second order; stable while the sharpness is below (2+2 beta)/eta"};
}

Motion HeavyBall::operator()(const AnyPotential& potential) const {
  return AnyMap(Ball(potential, learning_rate, momentum, sharpness_limit()));
}

}  // namespace thalweg
