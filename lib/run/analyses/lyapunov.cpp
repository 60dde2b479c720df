#include <thalweg/run/analyses/lyapunov.hpp>

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <thalweg/chaos/difference_motion.hpp>
#include <thalweg/chaos/lyapunov.hpp>
#include <thalweg/chaos/tangent_motion.hpp>
#include <thalweg/core/piecewise_stepper.hpp>

namespace thalweg {

Doc FiniteTimeLyapunov::doc() {
  return {
      .summary = "finite-time Lyapunov exponents: how small differences will grow from here on",
      .equation = "l_k = (1/T) sum ln R_kk over the intervals of a horizon T, Q R = DF Q",
      .source =
          "G. Benettin, L. Galgani, A. Giorgilli and J.-M. Strelcyn, Lyapunov characteristic "
          "exponents for smooth dynamical systems, Meccanica 15 (1980) 9-30",
      .notes =
          "From each state the motion and tangent vectors, which start in random directions, go on "
          "for the horizon (model time of a flow, steps of a map) beside the run, with a solver of "
          "their own. NaN where the orbit escapes or a difference vanishes. Needs Jacobian "
          "products. For exponents of an attractor with error bars use a table [lyapunov].\n"
          "Cost: horizon x (1 + exponents) evaluations a row; they do not count as the run's."};
}

void FiniteTimeLyapunov::fields(Fields& f) {
  f("exponents", exponents, "1", "how many, the largest first", at_least(1));
  f("horizon", horizon, "1", "model time, or steps of a map, to look ahead", positive());
  f("interval", interval, "1", "model time, or steps of a map, between two orthonormalisations",
    positive());
  f("escape", escape, "1", "an orbit with an entry beyond this has escaped", positive());
  f("derivatives", derivatives, "",
    "of tangent vectors: the motion's own, or fourth-order differences of the motion, approximate",
    one_of({"exact", "differences"}));
  part<SolverFactory>(f, "solver", solver_name, solvers(), "how a flow looks ahead",
                      [this](SolverFactory&& made) { solver = by_pieces(std::move(made)); });
  if (f.reading() && interval > horizon) f.reject("interval", "must be <= horizon");
}

double FiniteTimeLyapunov::memory(Index dim) const {
  return 8.0 * static_cast<double>(dim * (exponents + 1)) * 12.0;  // a solver keeps some copies
}

std::vector<Quantity> FiniteTimeLyapunov::operator()(RunContext& context,
                                                     const std::string& /*series*/) const {
  const bool by_differences = derivatives == "differences";
  const Motion plain = without_tangents(context.motion).value_or(context.motion);
  const Index n = plain.dim();
  if (by_differences) check_differences(plain, context.x0.head(n), context.t0);
  LyapunovOptions options{.exponents = exponents, .interval = interval, .escape = escape};
  if (plain.system()) options.start = context.t0;
  // What cannot be followed says so now.
  LyapunovTrajectory(by_differences ? difference_motion(plain) : plain, solver, options,
                     context.x0.head(n), Rng(0, "lyapunov"));
  const Axis rank{.name = "rank", .size = exponents, .long_name = "rank of the exponent"};
  // Both quantities of a row come from one orbit.
  struct Found {
    double t = std::numeric_limits<double>::quiet_NaN();
    Vec state{}, exponents{}, errors{};
  };
  const auto look = [options, o = *this, n,
                     found = std::make_shared<Found>()](Probe& probe) -> const Found& {
    if (found->t == probe.t() && found->state == probe.state()) return *found;
    const auto counts = probe.motion().counts();
    Motion seen = without_tangents(probe.motion()).value_or(probe.motion());
    if (o.derivatives == "differences") seen = difference_motion(seen);
    auto from_here = options;
    from_here.start = seen.map() ? static_cast<double>(probe.step()) : probe.t();
    LyapunovTrajectory orbit(seen, o.solver, from_here, probe.state().head(n), Rng(0, "lyapunov"));
    while (orbit.time() < o.horizon * (1.0 - 1e-12) && orbit.advance()) {
    }
    probe.motion().set_counts(counts);  // those of a potential are the run's
    const bool running = orbit.outcome() == OrbitOutcome::running;
    const Vec none = Vec::Constant(o.exponents, std::numeric_limits<double>::quiet_NaN());
    *found = {probe.t(), probe.state(), running ? orbit.exponents() : none,
              running ? orbit.averages().standard_error() : none};
    return *found;
  };
  const bool steps = plain.map() && context.time_unit == "time";  // of descent
  const std::string unit = "1/" + (steps ? "step" : context.time_unit);
  const auto axes = exponents > 1 ? std::vector<Axis>{rank} : std::vector<Axis>{};
  Quantity exponent{
      .variable = {.name = "finite_time_exponent",
                   .unit = unit,
                   .long_name = "finite-time Lyapunov exponent",
                   .comment = fmt::format("over a horizon of {:g} from this state on{}{}", horizon,
                                          by_differences ? "; " : "",
                                          by_differences ? difference_approximation : ""),
                   .axes = axes},
      .compute = [look](Probe& probe, Stepper&, Out out) { out = look(probe).exponents; }};
  Quantity error{
      .variable = {.name = "finite_time_exponent_error",
                   .unit = unit,
                   .long_name = "standard error of the finite-time exponent",
                   .comment = "of the mean over a long time that the horizon is part of, from "
                              "blocks of the horizon",
                   .axes = axes},
      .compute = [look](Probe& probe, Stepper&, Out out) { out = look(probe).errors; }};
  return {std::move(exponent), std::move(error)};
}

}  // namespace thalweg
