#include <thalweg/core/no_charge_law.hpp>
#include <thalweg/core/scratch.hpp>
#include <thalweg/models/dynamics/adam.hpp>
#include <thalweg/models/dynamics/batches.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
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
    const auto [c1, c2] = corrections(n);
    q = x.head(d_).array() -
        p_.learning_rate / c1 * m.array() / ((s.array() / c2).sqrt() + p_.epsilon);
  }
  // Hessian products are those of all samples.
  [[nodiscard]] bool has_tangent() const { return !batches_ && potential_.has_hvp(); }
  // With g = grad L(q), R = sqrt(s' / c2) and D = R + eps, along (u, v, w):
  //   v' = b1 v + (1 - b1) H u,   w' = b2 w + 2 (1 - b2) g H u,
  //   u' = u - (eta / c1) (v' / D - m' w' / (2 c2 R D^2)).
  void tangent(In x, MatIn V, MatOut DFV, Index n) const {
    const Scratch of_g(d_), of_m(d_), of_R(d_), of_D(d_);
    Vec &g = *of_g, &m = *of_m, &R = *of_R, &D = *of_D;
    gradient(x.head(d_), n, g);
    const auto [c1, c2] = corrections(n);
    m = p_.beta1 * x.segment(d_, d_) + (1.0 - p_.beta1) * g;
    R = ((p_.beta2 * x.tail(d_).array() + (1.0 - p_.beta2) * g.array().square()) / c2).sqrt();
    D = R.array() + p_.epsilon;
    // Where all gradients so far were 0, m' is 0 too, and R has no part in the step.
    const auto by_root =
        (R.array() > 0.0).select(m.array() / (2.0 * c2 * R.array() * D.array().square()), 0.0);
    const Index k = V.cols();
    auto U = DFV.topRows(d_), M = DFV.middleRows(d_, d_), S = DFV.bottomRows(d_);
    potential_.at(x.head(d_))->hvp(V.topRows(d_), U);
    for (Index j = 0; j < k; ++j) {
      M.col(j) = p_.beta1 * V.col(j).segment(d_, d_) + (1.0 - p_.beta1) * U.col(j);
      S.col(j) = p_.beta2 * V.col(j).tail(d_).array() +
                 2.0 * (1.0 - p_.beta2) * g.array() * U.col(j).array();
      U.col(j) =
          V.col(j).head(d_).array() -
          p_.learning_rate / c1 * (M.col(j).array() / D.array() - by_root * S.col(j).array());
    }
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
  [[nodiscard]] bool may_wait() const { return true; }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return std::make_shared<NoChargeLaw>(
        "Adam divides each entry of the gradient by its own size, so that its steps have a part "
        "along A q that no symmetry fixes");
  }

 private:
  // The moments start at zero; dividing by 1 - beta^(n+1) undoes that.
  [[nodiscard]] std::pair<double, double> corrections(Index n) const {
    const auto steps = static_cast<double>(n + 1);
    return {1.0 - std::pow(p_.beta1, steps), 1.0 - std::pow(p_.beta2, steps)};
  }
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
              "batches as those of stochastic_gradient_descent. Its tangent (for Lyapunov "
              "exponents, of the state (q, m, s)) needs all samples: on batches take two "
              "trajectories, since "
              "differences would make s negative. The square root is not differentiable where all "
              "gradients so far were 0, and is left out there"};
}

Motion Adam::operator()(const AnyPotential& potential) const {
  if (batch_size > potential.samples())
    throw ModelError("adam: batch_size = " + std::to_string(batch_size) + " must not exceed the " +
                     std::to_string(potential.samples()) +
                     " samples of the potential; 0 takes all at once");
  return AnyMap(Moments(potential, *this));
}

}  // namespace thalweg
