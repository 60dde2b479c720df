#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/modified_flow.hpp>
#include <thalweg/models/dynamics/third_derivative.hpp>

namespace thalweg {

namespace {

class CounterTermFlow {
 public:
  CounterTermFlow(AnyPotential potential, double eta, Index order)
      : potential_(std::move(potential)), eta_(eta), order_(order) {}

  [[nodiscard]] Index dim() const { return potential_.dim(); }
  void rhs(In q, Out dqdt, double) const {
    thread_local Vec g, Hg, more;
    for (Vec* v : {&g, &Hg, &more}) v->resize(dim());
    potential_.gradient(q, g);
    potential_.hvp(q, g, Hg);
    dqdt = -g - 0.5 * eta_ * Hg;
    if (order_ < 3) return;
    potential_.hvp(q, Hg, more);
    dqdt -= (eta_ * eta_ / 3.0) * more;
    third_derivative(potential_, q, g, g, more);
    dqdt -= (eta_ * eta_ / 12.0) * more;
  }
  // Of order 3 it would take fourth derivatives.
  [[nodiscard]] bool has_jvp() const { return order_ == 2; }
  void jvp(In q, In v, Out Jv, double) const {
    if (!has_jvp()) throw ModelError("modified_flow has a Jacobian product at order 2 only");
    thread_local Vec g, Hv, more;
    for (Vec* w : {&g, &Hv, &more}) w->resize(dim());
    potential_.gradient(q, g);
    potential_.hvp(q, v, Hv);
    potential_.hvp(q, Hv, more);
    Jv = -Hv - 0.5 * eta_ * more;
    third_derivative(potential_, q, v, g, more);
    Jv -= 0.5 * eta_ * more;
  }
  [[nodiscard]] Layout layout() const { return potential_.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return potential_.initial_state(rng);
  }
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return charge_law_of_modified_flow(potential_, eta_, order_);
  }

 private:
  AnyPotential potential_;
  double eta_;
  Index order_;
};

Observables CounterTermFlow::observables() const {
  Observables all = potential_.observables();
  const AnyPotential potential = potential_.with_own_counts();
  all.push_back({{.name = "modified_loss", .long_name = "modified loss L + eta/4 |grad L|^2"},
                 [potential, eta = eta_](In q, double, Out out) {
                   Vec g(q.size());
                   const double L = potential.value_and_gradient(q, g);
                   out[0] = L + 0.25 * eta * g.squaredNorm();
                 }});
  if (order_ == 3 && !potential.has_third())
    all.push_back({{.name = "third_derivative_error",
                    .long_name = "error estimate of the third derivative T[g,g], relative",
                    .comment = "T[g,g] by sixth-order differences of Hessian products; the error "
                               "of the fourth-order formula on the same points bounds it",
                    .approximate = true},
                   [potential](In q, double, Out out) {
                     Vec g(q.size()), T(q.size());
                     potential.gradient(q, g);
                     const double error = third_derivative(potential, q, g, g, T);
                     const double size = T.norm();
                     out[0] = size > 0.0 ? error / size : 0.0;
                   }});
  return all;
}

}  // namespace

Doc ModifiedFlow::doc() {
  return {.summary = "modified flow of gradient descent (backward error analysis)",
          .equation =
              "q' = -g - eta/2 H g [order 3: - eta^2 (1/3 H^2 g + 1/12 T[g,g])], "
              "g = grad L, T = grad^3 L",
          .source =
              "Barrett and Dherin, Implicit gradient regularization, 2021; Miyagawa, Toward "
              "equation of motion for deep neural networks, 2022",
          .notes =
              "an asymptotic series: of use while eta times the sharpness is well below 1; "
              "T[g,g] is exact where the model offers it and approximate otherwise, by "
              "sixth-order differences of Hessian products (record "
              "\"third_derivative_error\")"};
}

Motion ModifiedFlow::operator()(const AnyPotential& potential) const {
  if (!potential.has_hvp())
    throw ModelError("modified_flow needs Hessian products: add hvp(q, v, Hv) to the potential");
  return AnySystem(CounterTermFlow(potential, learning_rate, order));
}

}  // namespace thalweg
