#include <thalweg/run/sharpness.hpp>

#include <fmt/format.h>

#include <limits>
#include <thalweg/core/reduce.hpp>
#include <thalweg/numerics/lanczos.hpp>

namespace thalweg {

double Sharpness::at(Probe& probe, Stepper* stepper) {
  const auto& potential = probe.potential();
  const Index d = potential.dim();
  q_ = probe.parameters();
  if (point_ == SharpnessPoint::midpoint) {
    if (stepper->previous_time() >= probe.t()) return std::numeric_limits<double>::quiet_NaN();
    Vec x(probe.state().size());
    const auto* map = probe.motion().map();
    map->apply(probe.state(), x, probe.step());
    q_ = 2.0 * q_ + x.head(d);
    stepper->interpolate(stepper->previous_time(), x);
    q_ = 0.25 * (q_ + x.head(d));
  }
  // A stream for each call: nothing but the direction has to be remembered.
  Rng rng(static_cast<std::uint64_t>(calls_), name_);
  Mat start(d, 1);
  rng.fill_normal(start.col(0));
  const bool cold = calls_ % cold_every == 0 || direction_.size() != d;
  if (!cold) start.col(0) = direction_ + 0.01 / norm(start.col(0)) * start.col(0);
  ++calls_;
  const auto curvature = potential.at(q_);
  const auto top =
      lanczos([&](MatIn V, MatOut HV) { curvature->hvp(V, HV); }, d, start,
              {.largest = 1, .tolerance = tolerance, .max_products = max_products}, rng);
  direction_ = top.vectors.col(0);
  return top.values[0];
}

std::string Sharpness::comment() {
  return fmt::format(
      "Lanczos to a residual of {:g} of the largest magnitude, anew from a random vector every {} "
      "values; NaN: not reached in {} products",
      tolerance, cold_every, max_products);
}

void Sharpness::forget() {
  direction_.resize(0);
  calls_ = 0;
}

void Sharpness::save(Archive& archive) const {
  archive.put(name_ + ".direction", direction_);
  archive.put(name_ + ".calls", static_cast<std::int64_t>(calls_));
}

void Sharpness::load(const Archive& archive) {
  direction_ = archive.vector(name_ + ".direction");
  calls_ = archive.integer(name_ + ".calls");
}

namespace {

Quantity make(RunContext& context, const char* name, const char* long_name, SharpnessPoint point) {
  const auto* potential = context.motion.potential();
  if (!potential || !potential->has_hvp())
    throw ModelError(fmt::format("\"{}\" needs a potential with Hessian products", name));
  auto tracker = std::make_shared<Sharpness>(name, point);
  Variable v{.name = name, .long_name = long_name};
  v.comment = Sharpness::comment();
  return {std::move(v), [tracker](Probe& p, Stepper& s, Out out) { out[0] = tracker->at(p, &s); },
          tracker};
}

}  // namespace

Quantity sharpness(RunContext& context) {
  return make(context, "sharpness", "sharpness, largest eigenvalue of the Hessian",
              SharpnessPoint::iterate);
}

Quantity sharpness_midpoint(RunContext& context) {
  if (!context.motion.map())
    throw ModelError("\"sharpness_midpoint\" needs a map; of a flow record \"sharpness\"");
  return make(context, "sharpness_midpoint", "sharpness at second-order midpoints of the iterates",
              SharpnessPoint::midpoint);
}

}  // namespace thalweg
