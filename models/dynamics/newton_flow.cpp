#include <thalweg/models/dynamics/newton_flow.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/numerics/conjugate_gradients.hpp>

namespace thalweg {

namespace {

class Flow {
 public:
  Flow(AnyPotential potential, const NewtonFlow& options)
      : potential_(std::move(potential)), o_(options) {}

  [[nodiscard]] Index dim() const { return potential_.dim(); }
  void rhs(In q, Out dqdt, double) const {
    Vec g(dim());
    potential_.gradient(q, g);
    g = -g;
    const auto curvature = potential_.at(q);
    const auto solution = conjugate_gradients(
        [&](MatIn V, MatOut AV) {
          curvature->hvp(V, AV);
          AV += o_.damping * V;
        },
        g, dqdt, o_.tolerance, o_.max_products);
    if (solution.indefinite)
      throw SolveError(fmt::format(
          "newton_flow: the Hessian plus damping = {:g} has a direction of negative curvature, "
          "where "
          "Newton's flow climbs to saddles; raise the damping or start nearer to a minimum",
          o_.damping));
    if (!solution.converged)
      throw SolveError(fmt::format(
          "newton_flow: conjugate gradients reached a residual of {:.2g} of {:g} in max_products = "
          "{}; raise it or the damping",
          solution.residual, o_.tolerance, o_.max_products));
  }
  [[nodiscard]] double energy(In q) const { return potential_.value(q); }
  [[nodiscard]] Layout layout() const { return potential_.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return potential_.initial_state(rng);
  }
  [[nodiscard]] Observables observables() const { return potential_.observables(); }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }

 private:
  AnyPotential potential_;
  NewtonFlow o_;
};

}  // namespace

Doc NewtonFlow::doc() {
  return {.summary = "Newton's flow: gradient flow preconditioned by the Hessian",
          .equation =
              "(H(q) + damping I) q' = -grad L(q); damping 0: grad L(q(t)) = exp(-t) grad L(q(0))",
          .source =
              "S. Smale, A convergent process of price adjustment and global Newton methods, "
              "J. Math. Econ. 3 (1976)",
          .notes =
              "Matrix-free: conjugate gradients on exact Hessian products; the flattest mode is "
              "good to "
              "tolerance times the condition number. Where H + damping I is "
              "not positive definite the run ends with an error: undamped, Newton's flow is drawn "
              "to saddles as to minima."};
}

Motion NewtonFlow::operator()(const AnyPotential& potential) const {
  if (!potential.has_hvp()) throw ModelError("newton_flow needs a potential with Hessian products");
  return AnySystem(Flow(potential, *this));
}

}  // namespace thalweg
