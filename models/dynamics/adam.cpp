#include <thalweg/core/no_charge_law.hpp>
#include <thalweg/models/dynamics/adam.hpp>
#include <thalweg/models/dynamics/batches.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace thalweg {

namespace {

class Moments {
 public:
  Moments(AnyPotential potential, const Adam& p)
      : potential_(std::move(potential)), d_(potential_.dim()), p_(p) {
    if (p_.batch_size > 0)
      batches_ = std::make_shared<Batches>(potential_.samples(), p_.batch_size, p_.seed);
  }

  [[nodiscard]] Index dim() const { return 3 * d_; }
  void apply(In x, Out next, Index n) const {
    auto q = next.head(d_), m = next.segment(d_, d_), s = next.tail(d_);
    gradient(x.head(d_), n, q);
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
  void gradient(In q, Index n, Out g) const {
    if (!batches_) return potential_.gradient(q, g);
    thread_local std::vector<Index> batch;
    batches_->of_step(n, batch);
    potential_.value_and_gradient(q, batch, g);
  }

  AnyPotential potential_;
  Index d_;
  Adam p_;
  std::shared_ptr<Batches> batches_{};  // none: all samples at once
};

}  // namespace

Doc Adam::doc() {
  return {.summary = "Adam with bias correction",
          .equation =
              "m' = b1 m + (1-b1) g, s' = b2 s + (1-b2) g^2, "
              "q' = q - eta m'/(1-b1^n) / (sqrt(s'/(1-b2^n)) + eps), t = n eta",
          .source = "Kingma and Ba, Adam: a method for stochastic optimization, 2015",
          .notes =
              "batches as those of stochastic_gradient_descent; no tangent: the square root is not "
              "differentiable where a gradient vanishes"};
}

Motion Adam::operator()(const AnyPotential& potential) const {
  if (batch_size > potential.samples())
    throw ModelError("adam: batch_size = " + std::to_string(batch_size) + " must not exceed the " +
                     std::to_string(potential.samples()) +
                     " samples of the potential; 0 takes all at once");
  return AnyMap(Moments(potential, *this));
}

}  // namespace thalweg
