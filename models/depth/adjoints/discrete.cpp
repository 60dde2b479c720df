#include <thalweg/models/depth/adjoints/discrete.hpp>

#include <utility>

namespace thalweg {

Doc DiscreteAdjoint::doc() {
  return {
      .summary =
          "exact adjoint of the discrete map: every Runge-Kutta step is gone back, all "
          "states kept",
      .equation =
          "ybar_n = ybar_(n+1) + sum_i u_i,  u_i = f_a(Y_i)' kbar_i,  thetabar += "
          "f_theta(Y_i)' kbar_i,\n"
          "kbar_i = h b_i ybar_(n+1) + h sum_(j>i) a_ji u_j",
      .source = "E. Hairer, C. Lubich and G. Wanner, Geometric Numerical Integration, VI.9.2",
      .notes =
          "Error: rounding, against differences of the map with its accepted steps as "
          "constants; as a gradient of the exact flow, that of the method. Cost: the stages "
          "once more and one backward product a stage, about 3 forward solves. Memory: one "
          "state a step. With dopri5 steps follow rtol and atol, one norm over a block of "
          "samples, as in torchdiffeq, and outputs its dense output; the others take equal "
          "steps. A step ends at each break in depth of the field, such as a knot of "
          "depth_dependent; equal steps are then equal between two breaks, and nowhere longer. Has "
          "Hessian products."};
}

void DiscreteAdjoint::fields(Fields& f) {
  f("method", method, "", "Runge-Kutta method", one_of(tableau_names()));
  f("steps", steps, "1",
    "equal steps from the first depth to the last, more where breaks cut them; 0: adaptive",
    at_least(0));
  f("rtol", rtol, "1", "relative tolerance of an adaptive step", {.low = 1e-14, .high = 1.0});
  f("atol", atol, "1", "absolute tolerance of an adaptive step", positive());
  f("max_steps", max_steps, "1", "an error when an adaptive solve needs more", at_least(1));
  if (f.reading() && steps == 0 && !tableau(method).adaptive())
    f.reject("method", "has no error estimate: give steps > 0, or take \"dopri5\"");
}

DiscreteFlowOptions DiscreteAdjoint::options() const {
  DiscreteFlowOptions o{.method = method, .rtol = rtol, .atol = atol, .max_steps = max_steps};
  if (steps > 0) o.steps = steps;
  return o;
}

std::unique_ptr<DifferentiableFlow> DiscreteAdjoint::operator()(
    std::shared_ptr<const VectorField> field, Index samples, double start,
    std::vector<double> outputs) const {
  return std::make_unique<DiscreteFlow>(std::move(field), samples, start, std::move(outputs),
                                        options());
}

Doc CheckpointedAdjoint::doc() {
  return {.summary =
              "the exact discrete adjoint within a budget of bytes: the same bits as "
              "\"discrete\"",
          .equation =
              "as \"discrete\"; c checkpoints and at most r repetitions of a step reach "
              "C(c + r, r) steps",
          .source =
              "Q. Wang, P. Moin and G. Iaccarino, Minimal repetition dynamic checkpointing "
              "algorithm for unsteady adjoint calculation, SIAM J. Sci. Comput. 31 (2009)",
          .notes =
              "Error: as \"discrete\", bit for bit. Memory: at most `budget` bytes of states for "
              "a block of samples. Cost: that of \"discrete\" and up to r forward solves, "
              "recorded as recompute_factor. Checkpoints are placed while the number of steps is "
              "not known."};
}

void CheckpointedAdjoint::fields(Fields& f) {
  DiscreteAdjoint::fields(f);
  f("budget", budget, "byte", "states kept for the way back, of one block of samples", at_least(1));
}

std::unique_ptr<DifferentiableFlow> CheckpointedAdjoint::operator()(
    std::shared_ptr<const VectorField> field, Index samples, double start,
    std::vector<double> outputs) const {
  auto o = options();
  o.budget = static_cast<std::size_t>(budget);
  return std::make_unique<DiscreteFlow>(std::move(field), samples, start, std::move(outputs), o);
}

}  // namespace thalweg
