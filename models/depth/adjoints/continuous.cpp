#include <thalweg/models/depth/adjoints/continuous.hpp>

#include <thalweg/solvers/catalogue.hpp>
#include <utility>

namespace thalweg {

namespace {

constexpr const char* source =
    "R. Chen, Y. Rubanova, J. Bettencourt and D. Duvenaud, Neural ordinary differential equations, "
    "NeurIPS 2018";

}  // namespace

Doc ContinuousAdjoint::doc() {
  return {
      .summary = "adjoint equation solved backwards on the interpolated states, with any solver",
      .equation =
          "d delta/dz = -f_a(a(z), z)' delta,  delta += dL/dX_m at output depths,\n"
          "dL/dtheta = integral f_theta' delta dz",
      .source = source,
      .notes =
          "Error: that of the solver, of the size of its tolerance times the condition of "
          "the problem. Memory: four vectors a step, state and slope at the ends and the "
          "middle, between which a(z) is cubic. Cost: about two forward solves with a "
          "backward product each, 3 more products a step for theta, and a fresh start of the "
          "solver at every output depth and every break in depth of the field. For stiff fields, "
          "with an implicit solver. Hessian and "
          "Gauss-Newton products solve the tangent forwards and the adjoint with its tangent "
          "backwards, to the same tolerance: their matrices are symmetric to that, not to "
          "rounding."};
}

Doc BacksolveAdjoint::doc() {
  return {.summary =
              "adjoint equation with the state solved backwards beside it: no memory, no "
              "guarantee",
          .equation = "d(a, delta)/dz = (f, -f_a(a, z)' delta), from the end to the start",
          .source = source,
          .notes =
              "Error: unbounded where the flow contracts, since backwards it expands the error "
              "of a; recovered_state_error measures |a recovered - a| / |a|, and a run warns of "
              "it. Memory: none beyond the outputs, from which each stretch starts. Cost: as "
              "\"continuous\". An opt-in for flows that hardly contract. Hessian and Gauss-Newton "
              "products keep the states after all and are those of \"continuous\"."};
}

void ContinuousAdjoint::fields(Fields& f) {
  part<SolverFactory>(f, "solver", solver_name_, solvers(), "of both directions",
                      [this](SolverFactory&& made) { solver_ = std::move(made); });
  f("max_steps", max_steps, "1", "an error when a solve needs more tries", at_least(1));
}

std::unique_ptr<DifferentiableFlow> ContinuousAdjoint::operator()(
    std::shared_ptr<const VectorField> field, Index samples, double start,
    std::vector<double> outputs) const {
  return std::make_unique<ContinuousFlow>(
      std::move(field), samples, start, std::move(outputs),
      ContinuousFlowOptions{.solver = solver_, .backsolve = backsolve_, .max_steps = max_steps});
}

}  // namespace thalweg
