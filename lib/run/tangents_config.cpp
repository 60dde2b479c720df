#include <thalweg/chaos/difference_motion.hpp>
#include <thalweg/chaos/orthonormalise.hpp>
#include <thalweg/chaos/tangent_motion.hpp>
#include <thalweg/run/tangents_config.hpp>

namespace thalweg {

void TangentsConfig::fields(Fields& f) {
  f("count", count, "1", "tangent vectors v' = J(x, t) v, or v <- DF(x) v; 0: as many as unknowns",
    at_least(0));
  f("volume", volume, "", "also ln of a small ball's volume, the integral of tr J");
  f("frame", frame, "", "their start: unit vectors, or random orthonormal ones",
    one_of({"unit", "random"}));
  f("derivatives", derivatives, "",
    "the motion's own, or fourth-order differences of the motion, approximate",
    one_of({"exact", "differences"}));
}

Motion TangentsConfig::operator()(const Motion& motion) const {
  return tangent_motion(by_differences() ? difference_motion(motion) : motion,
                        count == 0 ? motion.dim() : count, volume);
}

Vec TangentsConfig::start(In x, std::uint64_t seed) const {
  const Index n = x.size(), k = count == 0 ? n : count;
  if (frame == "unit") return tangent_state(x, k, volume);
  Rng rng(seed, "tangents");
  Mat V(n, k);
  Vec lengths(k);
  rng.fill_normal(Eigen::Map<Vec>(V.data(), V.size()));
  orthonormalise(V, lengths);
  return tangent_state(x, k, volume, &V);
}

}  // namespace thalweg
