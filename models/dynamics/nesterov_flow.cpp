#include <thalweg/models/dynamics/nesterov_flow.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/mechanical_observables.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

namespace thalweg {

namespace {

class Flow {
 public:
  Flow(AnyPotential potential, double r)
      : potential_(std::move(potential)), d_(potential_.dim()), r_(r) {}

  [[nodiscard]] Index dim() const { return 2 * d_; }
  // From rest at t = 0 the series q = q0 - g t^2 / 2(r+1) + O(t^4) gives v / t -> q'' = -g / (r+1):
  // the right-hand side has that limit, and only for v = 0.
  void rhs(In x, Out dxdt, double t) const {
    const auto v = x.tail(d_);
    require_start(v, t);
    potential_.gradient(x.head(d_), dxdt.tail(d_));
    if (t > 0.0)
      dxdt.tail(d_) = -dxdt.tail(d_) - (r_ / t) * v;
    else
      dxdt.tail(d_) /= -(r_ + 1.0);
    dxdt.head(d_) = v;
  }
  [[nodiscard]] bool has_jvp() const { return potential_.has_hvp(); }
  void jvp(In x, In u, Out Ju, double t) const {
    const auto w = u.tail(d_);
    require_start(w, t);
    potential_.hvp(x.head(d_), u.head(d_), Ju.tail(d_));
    if (t > 0.0)
      Ju.tail(d_) = -Ju.tail(d_) - (r_ / t) * w;
    else
      Ju.tail(d_) /= -(r_ + 1.0);
    Ju.head(d_) = w;
  }
  [[nodiscard]] double energy(In x) const {
    return 0.5 * squared_norm(x.tail(d_)) + potential_.value(x.head(d_));
  }
  [[nodiscard]] double energy_rate(In x, double t) const {
    return t > 0.0 ? -r_ / t * squared_norm(x.tail(d_)) : 0.0;
  }
  [[nodiscard]] Layout layout() const { return with_copies(potential_.layout(), d_, {"velocity"}); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return with_zeros(potential_.initial_state(rng), dim());
  }
  [[nodiscard]] Observables observables() const { return mechanical_observables(potential_, 1.0); }
  [[nodiscard]] bool may_wait() const { return true; }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return charge_law_of_particle(d_, {.mass = 1.0, .friction = 0.0}, r_);
  }

 private:
  void require_start(In v, double t) const {
    if (t > 0.0 || (t == 0.0 && (v.array() == 0.0).all())) return;
    if (t == 0.0)
      throw SolveError(
          "nesterov_flow: the friction r/t has no limit at t = 0 for a velocity that is not 0; "
          "start at rest, or later: with time.start > 0, or lyapunov.start > 0 for its tangents");
    throw SolveError(
        fmt::format("nesterov_flow: the friction r/t needs t >= 0, it is {:g}; set time.start (or "
                    "lyapunov.start)",
                    t));
  }

  AnyPotential potential_;
  Index d_;
  double r_;
};

}  // namespace

Doc NesterovFlow::doc() {
  return {.summary = "Nesterov's accelerated method in continuous time: friction r/t",
          .equation = "q'' + (r/t) q' + grad L(q) = 0, q'(0) = 0; q''(0) = -grad L / (r+1)",
          .source =
              "Su, Boyd, Candes, A differential equation for modeling Nesterov's accelerated "
              "gradient method, J. Mach. Learn. Res. 17 (2016)",
          .notes =
              "starts at rest at t = 0. Convex L and r = 3: L - min L <= 2 |q0 - q*|^2 / t^2; "
              "for r < 3 the rate t^-2 is lost. An iterate of Nesterov's scheme with learning "
              "rate eta takes the time sqrt(eta)"};
}

Motion NesterovFlow::operator()(const AnyPotential& potential) const {
  return AnySystem(Flow(potential, friction));
}

}  // namespace thalweg
