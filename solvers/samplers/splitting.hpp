// Integrators of q' = M^-1 p, p' = -grad U made of kicks p -= b h grad U and drifts q += a h M^-1 p
// in a palindrome that begins and ends with a kick: symplectic and time-reversible, and the last
// gradient of a step is the first of the next.
#pragma once
#include <thalweg/solvers/samplers/metric.hpp>
#include <thalweg/solvers/samplers/target.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// kicks.size() = drifts.size() + 1; a step costs drifts.size() gradients.
struct Splitting {
  std::string name;
  int order = 2;
  std::vector<double> kicks, drifts;
  [[nodiscard]] std::int64_t gradients() const { return static_cast<std::int64_t>(drifts.size()); }
};

/// leapfrog; mclachlan2 (McLachlan 1995); bcss2, bcss3 (Blanes, Casas, Sanz-Serna 2014), predescu3
/// (Predescu et al. 2012): least energy errors at large steps; yoshida4 (Yoshida 1990), order 4.
const std::vector<Splitting>& splittings();
std::vector<std::string> splitting_names();
/// @throws ConfigError for an unknown name.
const Splitting& splitting(const std::string& name);

/// A point with all that the next step needs, so that a step computes nothing twice.
struct PhasePoint {
  Vec q, p, g;           ///< g = grad u
  Vec v, w;              ///< v = M^-1 p, w = M^-1 g, for a dense metric alone
  double u = 0.0;        ///< U(q)/T
  double kinetic = 0.0;  ///< p' M^-1 p / 2
  void resize(Index n);
  [[nodiscard]] double energy() const { return u + kinetic; }
};

/// Where a step starts: parts of a point, which may stand elsewhere.
struct StepStart {
  const Vec &q, &p, &v, &g;
};

/// Sets p ~ N(0, M), and v and w for a dense metric.
void refresh_momentum(const Metric& metric, Rng& rng, PhasePoint& z);

/// One step of size h, backward in time for h < 0. Allocates nothing. Returns false where U is not
/// finite, and stays there. A last gradient that is not finite shows in the energy.
/// The step starts from `from`, and from the w of z; it ends in z.
bool advance(const Splitting& splitting, const Target& target, const Metric& metric, double h,
             const StepStart& from, PhasePoint& z);
inline bool advance(const Splitting& splitting, const Target& target, const Metric& metric,
                    double h, PhasePoint& z) {
  return advance(splitting, target, metric, h, {z.q, z.p, z.v, z.g}, z);
}

}  // namespace thalweg
