#include <thalweg/solvers/samplers/langevin/sgld.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <thalweg/core/error.hpp>
#include <thalweg/solvers/samplers/langevin/unadjusted_sampler.hpp>
#include <utility>
#include <vector>

namespace thalweg {

namespace {

Index steps_per_draw(const Sgld& o, Index samples) {
  return o.steps.value_or((samples + o.batch_size - 1) / o.batch_size);
}

std::string step_words(const Sgld& o) {
  return o.decay > 0.0
             ? fmt::format("step {:g} (1 + n/{:g})^-{:g}", o.step_size, o.decay_steps, o.decay)
             : fmt::format("step {:g}", o.step_size);
}

std::string error_words(const Sgld& o, Index samples) {
  if (o.decay > 0.0)
    return fmt::format(
        "Langevin steps that decrease from {:g} on batches of {} of {} samples without correction: "
        "exact in the limit of many steps, for means in which each draw weighs as its step_size",
        o.step_size, o.batch_size, samples);
  return fmt::format(
      "Langevin steps of {:g} on batches of {} of {} samples without correction: stationary "
      "variances are too large by the factor (1 + h V/4) / (1 - h / (4 s^2)), V the variance of "
      "the batches' gradients",
      o.step_size, o.batch_size, samples);
}

class SgldSampler final : public UnadjustedSampler {
 public:
  SgldSampler(const AnyPotential& potential, double temperature, const Sgld& o)
      : UnadjustedSampler(
            potential, temperature, o.step_size, steps_per_draw(o, potential.samples()),
            {.name = "sgld",
             .description = fmt::format("sgld, {}, batches of {}, {} steps a draw", step_words(o),
                                        o.batch_size, steps_per_draw(o, potential.samples())),
             .approximation = error_words(o, potential.samples())}),
        options_(o),
        order_(static_cast<std::size_t>(potential.samples())),
        batch_size_(static_cast<std::size_t>(o.batch_size)) {
    std::iota(order_.begin(), order_.end(), Index{0});
  }

 private:
  [[nodiscard]] double step_size_at(std::int64_t n) const override {
    return options_.step_size_at(n);
  }

  void on_start(Rng&) override { std::iota(order_.begin(), order_.end(), Index{0}); }

  // The first batch_size entries of a shuffle, undone so that the order is no state to save.
  std::span<const Index> draw_batch(Rng& rng) {
    swaps_.clear();
    const auto n = order_.size();
    for (std::size_t i = 0; i < batch_size_; ++i) {
      swaps_.push_back(i + static_cast<std::size_t>(rng.below(static_cast<Index>(n - i))));
      std::swap(order_[i], order_[swaps_.back()]);
    }
    batch_.assign(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(batch_size_));
    for (std::size_t i = batch_size_; i-- > 0;) std::swap(order_[i], order_[swaps_[i]]);
    return batch_;
  }

  void step(Rng& rng) override {
    const auto batch = draw_batch(rng);
    try {
      z_.u = target_(z_.q, batch, z_.g);
    } catch (const SolveError&) {
      z_.u = std::numeric_limits<double>::infinity();
      return;
    }
    metric_.velocity(z_.g, z_.w);
    metric_.draw(rng, z_.p);
    metric_.velocity(z_.p, z_.v);
    z_.q += std::sqrt(step_) * z_.v - (0.5 * step_) * z_.w;
  }

  void finish_draw() override {
    try {
      z_.u = target_.potential().value(z_.q) / target_.temperature();
    } catch (const SolveError&) {
      z_.u = std::numeric_limits<double>::infinity();
    }
  }

  Sgld options_;
  std::vector<Index> order_, batch_;
  std::vector<std::size_t> swaps_;
  std::size_t batch_size_;
};

}  // namespace

Doc Sgld::doc() {
  return {
      .summary = "stochastic gradient Langevin dynamics on mini-batches, approximate",
      .equation =
          "q <- q - (h_n/2) grad U_B(q)/T + sqrt(h_n) z, z ~ N(0, I), B a random batch; "
          "h_n = h (1 + n/decay_steps)^-decay = a (b + n)^-decay, b = decay_steps, a = h b^decay",
      .source = "Welling, Teh, ICML 2011, 681-688",
      .notes =
          "Approximate: with a constant step on a Gaussian of variance s^2 and gradient "
          "noise V the draws have s^2 (1 + h V / 4) / (1 - h / (4 s^2)). For a potential "
          "that is a sum over samples. A step costs one gradient of a batch, drawn "
          "without replacement; a draw costs one value of U more. With decay in (0.5, 1] the steps "
          "decrease, n counted "
          "from the start of the warm-up: sum h_n diverges, sum h_n^2 does not, and means in "
          "which each draw weighs as its step_size (sample_stats) are exact in the limit; draws "
          "then stand ever closer in time."};
}

double Sgld::step_size_at(std::int64_t n) const {
  if (!(decay > 0.0)) return step_size;
  return step_size * std::pow(1.0 + static_cast<double>(n) / decay_steps, -decay);
}

void Sgld::fields(Fields& f) {
  f("step_size", step_size, "time", "h", positive());
  f("batch_size", batch_size, "1", "samples in a batch", between(1.0, 1e9));
  f("steps", steps, "1", "steps between draws (absent: one pass over the samples)",
    between(1.0, 1e9));
  f("decay", decay, "1", "exponent of the decreasing steps, (0.5, 1]; 0: a constant step",
    between(0.0, 1.0));
  f("decay_steps", decay_steps, "1", "steps after which they begin to decrease", positive());
  if (f.reading() && decay > 0.0 && decay <= 0.5)
    f.reject("decay", "must be 0 or in (0.5, 1], for the squares of the steps to have a sum");
}

std::unique_ptr<Sampler> Sgld::operator()(const AnyPotential& potential, double temperature) const {
  const Index n = potential.samples();
  if (n == 0)
    throw ModelError(
        "sgld needs a potential that is a sum over samples; this one has none: choose ula or nuts");
  if (batch_size > n)
    throw ModelError(
        fmt::format("sgld: batch_size = {} must not exceed the {} samples", batch_size, n));
  return std::make_unique<SgldSampler>(potential, temperature, *this);
}

}  // namespace thalweg
