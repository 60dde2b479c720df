#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/high_resolution_flow.hpp>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/models/dynamics/mechanical_observables.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

namespace thalweg {

namespace {

// q'' + friction q' + hessian_damping H q' + force g = 0.
class Flow {
 public:
  Flow(AnyPotential potential, double friction, double hessian_damping, double force)
      : potential_(std::move(potential)),
        d_(potential_.dim()),
        friction_(friction),
        hessian_damping_(hessian_damping),
        force_(force) {}

  [[nodiscard]] Index dim() const { return 2 * d_; }
  void rhs(In x, Out dxdt, double) const {
    const auto q = x.head(d_), v = x.tail(d_);
    potential_.gradient(q, dxdt.tail(d_));
    dxdt.tail(d_) = -force_ * dxdt.tail(d_) - friction_ * v;
    if (hessian_damping_ > 0.0) {
      potential_.hvp(q, v, dxdt.head(d_));
      dxdt.tail(d_) -= hessian_damping_ * dxdt.head(d_);
    }
    dxdt.head(d_) = v;
  }
  // The derivative of H(q) v along u is H u_v + T[v, u_q].
  [[nodiscard]] bool has_jvp() const {
    return potential_.has_hvp() && (hessian_damping_ == 0.0 || potential_.has_third());
  }
  void jvp(In x, In u, Out Ju, double) const {
    const auto q = x.head(d_), v = x.tail(d_), u_q = u.head(d_), u_v = u.tail(d_);
    potential_.hvp(q, u_q, Ju.tail(d_));
    Ju.tail(d_) = -force_ * Ju.tail(d_) - friction_ * u_v;
    if (hessian_damping_ > 0.0) {
      potential_.hvp(q, u_v, Ju.head(d_));
      Ju.tail(d_) -= hessian_damping_ * Ju.head(d_);
      potential_.third(q, v, u_q, Ju.head(d_));
      Ju.tail(d_) -= hessian_damping_ * Ju.head(d_);
    }
    Ju.head(d_) = u_v;
  }
  [[nodiscard]] double energy(In x) const {
    return 0.5 * squared_norm(x.tail(d_)) + force_ * potential_.value(x.head(d_));
  }
  [[nodiscard]] double energy_rate(In x, double) const {
    const auto v = x.tail(d_);
    double dissipated = friction_ * squared_norm(v);
    if (hessian_damping_ > 0.0) {
      thread_local Vec Hv;
      Hv.resize(d_);
      potential_.hvp(x.head(d_), v, Hv);
      dissipated += hessian_damping_ * dot(v, Hv);
    }
    return -dissipated;
  }
  [[nodiscard]] Layout layout() const { return with_copies(potential_.layout(), d_, {"velocity"}); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return with_zeros(potential_.initial_state(rng), dim());
  }
  [[nodiscard]] Observables observables() const { return mechanical_observables(potential_, 1.0); }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    const Mechanics particle{.mass = 1.0 / force_, .friction = friction_ / force_};
    return hessian_damping_ > 0.0
               ? charge_law_of_hessian_damping(potential_, particle, hessian_damping_ / force_)
               : charge_law_of_particle(d_, particle);
  }

 private:
  AnyPotential potential_;
  Index d_;
  double friction_, hessian_damping_, force_;
};

}  // namespace

Doc HighResolutionFlow::doc() {
  return {.summary = "high-resolution equation of Nesterov's method or heavy ball",
          .equation =
              "q'' + 2 sqrt(mu) q' + [sqrt(s) H q'] + (1 + sqrt(mu s)) grad L = 0; [] for "
              "nesterov only",
          .source =
              "Shi, Du, Jordan, Su, Understanding the acceleration phenomenon via "
              "high-resolution differential equations, Math. Program. 195 (2022)",
          .notes =
              "starts at rest. Of the maps nesterov and heavy_ball with learning rate s and "
              "momentum (1 - sqrt(mu s)) / (1 + sqrt(mu s)), an iterate taking the time sqrt(s); "
              "for nesterov q is the look-ahead point. They agree to second order in sqrt(s) "
              "when the map starts with the flow's own first step; one Hessian product a "
              "right-hand side for nesterov"};
}

double HighResolutionFlow::momentum() const {
  const double root = std::sqrt(strong_convexity * learning_rate);
  return (1.0 - root) / (1.0 + root);
}

Motion HighResolutionFlow::operator()(const AnyPotential& potential) const {
  const bool nesterov = method == "nesterov";
  if (nesterov && !potential.has_hvp())
    throw ModelError(
        "high_resolution_flow of nesterov needs Hessian products: add hvp(q, v, Hv), or use method "
        "= \"heavy_ball\"");
  return AnySystem(Flow(potential, 2.0 * std::sqrt(strong_convexity),
                        nesterov ? std::sqrt(learning_rate) : 0.0,
                        1.0 + std::sqrt(strong_convexity * learning_rate)));
}

}  // namespace thalweg
