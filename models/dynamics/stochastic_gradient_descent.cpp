#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/stochastic_gradient_descent.hpp>

#include <memory>
#include <string>
#include <thalweg/models/dynamics/batches.hpp>
#include <utility>
#include <vector>

namespace thalweg {

namespace {

class MiniBatchDescent {
 public:
  MiniBatchDescent(AnyPotential potential, const StochasticGradientDescent& p)
      : potential_(std::move(potential)),
        p_(p),
        batches_(std::make_shared<Batches>(potential_.samples(), p.batch_size, p.seed)) {}

  [[nodiscard]] Index dim() const { return potential_.dim(); }
  void apply(In q, Out next, Index n) const {
    thread_local std::vector<Index> batch;
    batches_->of_step(n, batch);
    potential_.value_and_gradient(q, batch, next);
    next = q - p_.learning_rate * next;
  }
  [[nodiscard]] double time_step() const { return p_.learning_rate; }
  [[nodiscard]] Layout layout() const { return potential_.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return potential_.initial_state(rng);
  }
  [[nodiscard]] Observables observables() const { return potential_.observables(); }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }
  // A batch's loss has the symmetries of the whole, which are those of each sample.
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return charge_law_of_descent(p_.learning_rate);
  }

 private:
  AnyPotential potential_;
  StochasticGradientDescent p_;
  std::shared_ptr<Batches> batches_;
};

}  // namespace

Doc StochasticGradientDescent::doc() {
  return {.summary = "stochastic gradient descent on mini batches",
          .equation = "q_{n+1} = q_n - eta grad L_B(q_n), t = n eta",
          .source = "Robbins and Monro, A stochastic approximation method, 1951",
          .notes =
              "batches without replacement; samples that do not fill a last batch sit out the "
              "epoch, which are others in the next"};
}

Motion StochasticGradientDescent::operator()(const AnyPotential& potential) const {
  const Index n = potential.samples();
  if (n == 0)
    throw ModelError(
        "stochastic_gradient_descent needs a potential that is a sum over samples; "
        "this one has none: choose gradient_descent");
  if (batch_size > n)
    throw ModelError("stochastic_gradient_descent: batch_size = " + std::to_string(batch_size) +
                     " must not exceed the " + std::to_string(n) + " samples");
  return AnyMap(MiniBatchDescent(potential, *this));
}

}  // namespace thalweg
