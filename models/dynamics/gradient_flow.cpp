#include <thalweg/models/dynamics/gradient_flow.hpp>

#include <thalweg/models/dynamics/charge_laws.hpp>

namespace thalweg {

namespace {

// J = -H: the potential's curvature at a point, which shares its primal pass.
class FlowLinearisation final : public Linearisation {
 public:
  FlowLinearisation(AnyPotential potential, In q)
      : potential_(std::move(potential)), curvature_(potential_.at(q)) {}
  void move_to(In q, double) override { curvature_ = potential_.at(q); }
  void jvp(MatIn V, MatOut JV) override {
    curvature_->hvp(V, JV);
    JV = -JV;
  }

 private:
  AnyPotential potential_;
  std::unique_ptr<Curvature> curvature_;
};

class Flow {
 public:
  explicit Flow(AnyPotential potential) : potential_(std::move(potential)) {}

  [[nodiscard]] Index dim() const { return potential_.dim(); }
  void rhs(In q, Out dqdt, double) const {
    potential_.gradient(q, dqdt);
    dqdt = -dqdt;
  }
  [[nodiscard]] bool has_jvp() const { return potential_.has_hvp(); }
  void jvp(In q, In v, Out Jv, double) const {
    potential_.hvp(q, v, Jv);
    Jv = -Jv;
  }
  [[nodiscard]] std::unique_ptr<Linearisation> linearise(In q, double) const {
    return std::make_unique<FlowLinearisation>(potential_, q);
  }
  [[nodiscard]] double energy(In q) const { return potential_.value(q); }
  [[nodiscard]] Layout layout() const { return potential_.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return potential_.initial_state(rng);
  }
  [[nodiscard]] Observables observables() const { return potential_.observables(); }
  bool exact(In q0, double t, Out q) const { return potential_.exact_flow(q0, t, q); }
  [[nodiscard]] bool may_wait() const { return true; }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return charge_law_of_gradient_flow();
  }
  [[nodiscard]] bool is_gradient_flow() const { return true; }

 private:
  AnyPotential potential_;
};

}  // namespace

Doc GradientFlow::doc() {
  return {.summary = "gradient flow: steepest descent in continuous time",
          .equation = "q' = -grad L(q), dL/dt = -|grad L|^2",
          .source =
              "Cauchy, Methode generale pour la resolution des systemes d'equations "
              "simultanees, 1847"};
}

Motion GradientFlow::operator()(const AnyPotential& potential) const {
  return AnySystem(Flow(potential));
}

}  // namespace thalweg
