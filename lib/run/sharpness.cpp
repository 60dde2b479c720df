#include <thalweg/run/sharpness.hpp>

#include <fmt/format.h>

#include <limits>
#include <thalweg/run/eigenpair_tracker.hpp>

namespace thalweg {

namespace {

// |H u - lambda u| <= tolerance max |lambda|: an eigenvalue lies within this share of lambda, and
// with the relative gap to the next within its square over the gap. That it is the largest one no
// residual shows; the searches that start anew are for that.
constexpr double tolerance = 1e-3;
constexpr Index max_products = 300, cold_every = 20;

// `where`(probe, stepper) -> the point, or nullopt for none.
template <class Where>
Quantity make(const RunContext& context, const std::string& name, std::string long_name,
              Where where) {
  const auto tracker = std::make_shared<EigenpairTracker>(
      name, CurvatureProduct(context, name),
      LanczosOptions{.tolerance = tolerance, .max_products = max_products}, cold_every);
  Variable v{.name = name, .long_name = std::move(long_name)};
  v.comment = fmt::format(
      "Lanczos to a residual of {:g} of the largest magnitude, within which an eigenvalue lies; "
      "one "
      "that rose unseen may be missed until the search that starts anew, every {} "
      "values; NaN: not reached in {} products",
      tolerance, cold_every, max_products);
  return {std::move(v),
          [tracker, where](Probe& p, Stepper& s, Out out) {
            const std::optional<Vec> q = where(p, s);
            out[0] = q ? tracker->at(p.potential(), *q).values[0]
                       : std::numeric_limits<double>::quiet_NaN();
          },
          tracker};
}

}  // namespace

Quantity sharpness(RunContext& context) {
  return make(context, "sharpness", "sharpness, largest eigenvalue of the Hessian",
              [](Probe& p, Stepper&) -> std::optional<Vec> { return p.parameters(); });
}

Quantity sharpness_midpoint(RunContext& context) {
  if (!context.motion.map())
    throw ModelError("\"sharpness_midpoint\" needs a map; of a flow record \"sharpness\"");
  return make(context, "sharpness_midpoint", "sharpness at second-order midpoints of the iterates",
              [](Probe& p, Stepper& stepper) -> std::optional<Vec> {
                if (stepper.previous_time() >= p.t()) return std::nullopt;
                const Index d = p.potential().dim();
                // w_{n+1} from the rate, which does not count as a step of the run.
                const double step = p.motion().map()->time_step();
                Vec x(p.state().size());
                stepper.interpolate(stepper.previous_time(), x);
                return 0.25 * (x.head(d) + 3.0 * p.parameters() + step * p.rate().head(d));
              });
}

Quantity sharpness_of(const RunContext& context, Companion& companion) {
  return make(context, "sharpness_" + companion.name(), "sharpness of " + companion.name(),
              [&companion](Probe& p, Stepper&) -> std::optional<Vec> {
                companion.advance_to(p.t());
                if (!companion.alive()) return std::nullopt;
                return companion.probe().parameters();
              });
}

}  // namespace thalweg
