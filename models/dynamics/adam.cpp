#include <thalweg/core/no_charge_law.hpp>
#include <thalweg/models/dynamics/adam.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

#include <cmath>

namespace thalweg {

namespace {

class Moments {
 public:
  Moments(AnyPotential potential, const Adam& p)
      : potential_(std::move(potential)), d_(potential_.dim()), p_(p) {}

  [[nodiscard]] Index dim() const { return 3 * d_; }
  void apply(In x, Out next, Index n) const {
    auto q = next.head(d_), m = next.segment(d_, d_), s = next.tail(d_);
    potential_.gradient(x.head(d_), q);
    m = p_.beta1 * x.segment(d_, d_) + (1.0 - p_.beta1) * q;
    s = p_.beta2 * x.tail(d_).array() + (1.0 - p_.beta2) * q.array().square();
    // The moments start at zero; dividing by 1 - beta^(n+1) undoes that.
    const auto steps = static_cast<double>(n + 1);
    const double c1 = 1.0 - std::pow(p_.beta1, steps), c2 = 1.0 - std::pow(p_.beta2, steps);
    q = x.head(d_).array() -
        p_.learning_rate / c1 * m.array() / ((s.array() / c2).sqrt() + p_.epsilon);
  }
  [[nodiscard]] double time_step() const { return p_.learning_rate; }
  [[nodiscard]] Layout layout() const {
    return with_copies(potential_.layout(), d_, {"moment1", "moment2"});
  }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return with_zeros(potential_.initial_state(rng), dim());
  }
  [[nodiscard]] Observables observables() const {
    return of_parameters(potential_.observables(), d_);
  }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return std::make_shared<NoChargeLaw>(
        "Adam divides each entry of the gradient by its own size, so that its steps have a part "
        "along A q that no symmetry fixes");
  }

 private:
  AnyPotential potential_;
  Index d_;
  Adam p_;
};

}  // namespace

Doc Adam::doc() {
  return {.summary = "Adam with bias correction",
          .equation =
              "m' = b1 m + (1-b1) g, s' = b2 s + (1-b2) g^2, "
              "q' = q - eta m'/(1-b1^n) / (sqrt(s'/(1-b2^n)) + eps), t = n eta",
          .source = "Kingma and Ba, Adam: a method for stochastic optimization, 2015",
          .notes = "no tangent: the square root is not differentiable where a gradient vanishes"};
}

Motion Adam::operator()(const AnyPotential& potential) const {
  return AnyMap(Moments(potential, *this));
}

}  // namespace thalweg
