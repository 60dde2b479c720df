#include <thalweg/models/dynamics/damped_momentum.hpp>

#include <thalweg/core/reduce.hpp>
#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/mechanical_observables.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

namespace thalweg {

Mechanics particle_of_heavy_ball(double learning_rate, double momentum, double h) {
  return {.mass = h * h * (1.0 + momentum) / (2.0 * learning_rate),
          .friction = h * (1.0 - momentum) / learning_rate};
}

Mechanics first_order_particle(double learning_rate, double momentum, double h) {
  return {.mass = h * h / learning_rate, .friction = h * (1.0 - momentum) / learning_rate};
}

HeavyBallNumbers heavy_ball_of_particle(const Mechanics& particle, double h) {
  const double sum = 2.0 * particle.mass + particle.friction * h;
  return {.learning_rate = 2.0 * h * h / sum,
          .momentum = (2.0 * particle.mass - particle.friction * h) / sum};
}

namespace {

class Particle {
 public:
  Particle(AnyPotential potential, Mechanics mechanics)
      : potential_(std::move(potential)), d_(potential_.dim()), particle_(mechanics) {}

  [[nodiscard]] Index dim() const { return 2 * d_; }
  void rhs(In x, Out dxdt, double) const {
    force(x.head(d_), dxdt.tail(d_));
    dxdt.tail(d_) = (dxdt.tail(d_) - particle_.friction * x.tail(d_)) / particle_.mass;
    dxdt.head(d_) = x.tail(d_);
  }
  [[nodiscard]] bool has_jvp() const { return potential_.has_hvp(); }
  void jvp(In x, In v, Out Jv, double) const {
    potential_.hvp(x.head(d_), v.head(d_), Jv.tail(d_));
    Jv.tail(d_) = (-Jv.tail(d_) - particle_.friction * v.tail(d_)) / particle_.mass;
    Jv.head(d_) = v.tail(d_);
  }
  [[nodiscard]] double energy(In x) const {
    return 0.5 * particle_.mass * squared_norm(x.tail(d_)) + potential_.value(x.head(d_));
  }
  [[nodiscard]] double energy_rate(In x, double) const {
    return -particle_.friction * squared_norm(x.tail(d_));
  }
  [[nodiscard]] Mechanics mechanics() const { return particle_; }
  void force(In q, Out f) const {
    potential_.gradient(q, f);
    f = -f;
  }
  [[nodiscard]] double potential_energy(In q) const { return potential_.value(q); }
  [[nodiscard]] Layout layout() const { return with_copies(potential_.layout(), d_, {"velocity"}); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return with_zeros(potential_.initial_state(rng), dim());
  }
  [[nodiscard]] Observables observables() const {
    auto all = mechanical_observables(potential_, particle_.mass);
    all.push_back({Variable{.name = "dissipation", .long_name = "dissipated power gamma |v|^2"},
                   [self = *this](In x, double t, Out out) { out[0] = -self.energy_rate(x, t); }});
    return all;
  }
  [[nodiscard]] bool may_wait() const { return true; }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return charge_law_of_particle(d_, particle_);
  }

 private:
  AnyPotential potential_;
  Index d_;
  Mechanics particle_;
};

}  // namespace

Doc DampedMomentum::doc() {
  return {
      .summary = "momentum in continuous time: a damped particle in the potential",
      .equation = "m q'' + gamma q' + grad L(q) = 0, dE/dt = -gamma |q'|^2, E = m |q'|^2 / 2 + L",
      .source =
          "Qian, On the momentum term in gradient descent learning algorithms, Neural "
          "Networks 12 (1999); Kunin et al., Neural mechanics, ICLR 2021",
      .notes =
          "starts at rest. With learning_rate and momentum it is the particle that heavy_ball "
          "follows: m = h^2 (1+beta) / 2 eta, gamma = h (1-beta) / eta, for a step that takes "
          "the time h. Structure-preserving solvers: velocity_verlet and mclachlan4 (friction "
          "0), conformal_verlet, implicit_midpoint, discrete_gradient"};
}

void DampedMomentum::fields(Fields& f) {
  f("mass", mass, "1", "m, 1 when neither it nor learning_rate is given", positive());
  f("friction", friction, "1/time", "gamma, 0.1 when neither it nor learning_rate is given",
    at_least(0.0));
  f("learning_rate", learning_rate, "1", "eta of the heavy ball to follow, in place of mass",
    positive());
  f("momentum", momentum, "1", "beta of the heavy ball to follow, 0.9 when not given",
    in_half_open(0.0, 1.0));
  f("step", step, "time", "h, the time of one step of heavy ball; the learning rate, as there",
    positive());
  f("correspondence", correspondence, "",
    "of (eta, beta) with (m, gamma): second_order is exact, first_order has m = h^2 / eta",
    one_of({"second_order", "first_order"}));
  if (!f.reading()) return;
  for (const char* key : {"mass", "friction"})
    if (learning_rate && f.given(key))
      f.reject(key, "is given beside learning_rate, from which it follows; remove one of them");
  for (const char* key : {"momentum", "step"})
    if (!learning_rate && f.given(key))
      f.reject(key, "belongs to a heavy ball; give its learning_rate as well");
}

Mechanics DampedMomentum::particle() const {
  if (!learning_rate) return {.mass = mass.value_or(1.0), .friction = friction.value_or(0.1)};
  const double eta = *learning_rate, beta = momentum.value_or(0.9), h = step.value_or(eta);
  return correspondence == "first_order" ? first_order_particle(eta, beta, h)
                                         : particle_of_heavy_ball(eta, beta, h);
}

Motion DampedMomentum::operator()(const AnyPotential& potential) const {
  return AnySystem(Particle(potential, particle()));
}

}  // namespace thalweg
