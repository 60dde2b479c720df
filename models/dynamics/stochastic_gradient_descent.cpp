#include <thalweg/models/dynamics/charge_laws.hpp>
#include <thalweg/models/dynamics/stochastic_gradient_descent.hpp>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

namespace {

// The order of the samples in one epoch, remembered for the steps of that epoch.
class Shuffle {
 public:
  Shuffle(Index samples, Index seed) : samples_(samples), seed_(seed) {}

  void copy_batch(Index epoch, Index first, std::vector<Index>& batch) {
    const std::lock_guard lock(mutex_);
    if (epoch != epoch_) {
      order_.resize(static_cast<std::size_t>(samples_));
      std::iota(order_.begin(), order_.end(), Index{0});
      Rng rng(static_cast<std::uint64_t>(seed_), "sgd epoch " + std::to_string(epoch));
      for (Index i = samples_ - 1; i > 0; --i)
        std::swap(order_[static_cast<std::size_t>(i)],
                  order_[static_cast<std::size_t>(rng.below(i + 1))]);
      epoch_ = epoch;
    }
    std::copy_n(order_.begin() + first, batch.size(), batch.begin());
  }

 private:
  Index samples_, seed_, epoch_ = -1;
  std::vector<Index> order_;
  std::mutex mutex_;
};

class MiniBatchDescent {
 public:
  MiniBatchDescent(AnyPotential potential, const StochasticGradientDescent& p)
      : potential_(std::move(potential)),
        p_(p),
        shuffle_(std::make_shared<Shuffle>(potential_.samples(), p.seed)) {}

  [[nodiscard]] Index dim() const { return potential_.dim(); }
  void apply(In q, Out next, Index n) const {
    thread_local std::vector<Index> batch;
    batch.resize(static_cast<std::size_t>(p_.batch_size));
    const Index steps_per_epoch = potential_.samples() / p_.batch_size;
    shuffle_->copy_batch(n / steps_per_epoch, n % steps_per_epoch * p_.batch_size, batch);
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
  std::shared_ptr<Shuffle> shuffle_;
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
