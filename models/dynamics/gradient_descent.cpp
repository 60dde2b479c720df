#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/gradient_descent.hpp>
#include <thalweg/models/dynamics/sharpness_limit.hpp>

namespace thalweg {

namespace {

class Descent {
 public:
  Descent(AnyPotential potential, double eta) : potential_(std::move(potential)), eta_(eta) {}

  [[nodiscard]] Index dim() const { return potential_.dim(); }
  void apply(In q, Out next, Index) const {
    potential_.gradient(q, next);
    next = q - eta_ * next;
  }
  [[nodiscard]] bool has_tangent() const { return potential_.has_hvp(); }
  void tangent(In q, MatIn V, MatOut DFV, Index) const {
    potential_.at(q)->hvp(V, DFV);
    DFV = V - eta_ * DFV;
  }
  [[nodiscard]] double time_step() const { return eta_; }
  [[nodiscard]] Layout layout() const { return potential_.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return potential_.initial_state(rng);
  }
  [[nodiscard]] Observables observables() const {
    auto all = potential_.observables();
    all.push_back(sharpness_limit_observable(2.0 / eta_));
    return all;
  }
  [[nodiscard]] bool may_wait() const { return true; }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return charge_law_of_descent(eta_);
  }

 private:
  AnyPotential potential_;
  double eta_;
};

}  // namespace

Doc GradientDescent::doc() {
  return {.summary = "gradient descent, as a discrete map",
          .equation = "q_{n+1} = q_n - eta grad L(q_n), t = n eta",
          .source =
              "Rosca, Wu, Qin and Dherin, On a continuous time model of gradient descent "
              "dynamics and instability in deep learning, 2023",
          .notes =
              "Euler's method for the gradient flow with the learning rate as step; a minimum "
              "is stable while its sharpness is below 2/eta"};
}

Motion GradientDescent::operator()(const AnyPotential& potential) const {
  return AnyMap(Descent(potential, learning_rate));
}

}  // namespace thalweg
