#include <thalweg/evidence/annealed_importance.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/parallel.hpp>
#include <thalweg/evidence/tempered_likelihood.hpp>
#include <utility>

namespace thalweg {

namespace {

double node(Index i, const AnnealingOptions& o) {
  return std::pow(static_cast<double>(i) / static_cast<double>(o.steps), o.power);
}

// -W of every particle; `carry(q, rng)` takes one along its way.
template <class F>
AnnealedImportance run(const AnyPotential& posterior, const AnnealingOptions& o, bool forward,
                       F carry) {
  if (o.steps < 1 || o.particles < 2)
    throw ConfigError(fmt::format("annealing needs steps >= 1 and particles >= 2, not {} and {}",
                                  o.steps, o.particles));
  AnnealedImportance result;
  result.minus_work = Vec(o.particles);
  parallel_for(o.particles, [&](Index k, int) {
    Rng rng(o.seed, fmt::format("annealing.{}", k));
    Vec q(posterior.dim());
    result.minus_work[k] = carry(q, rng);
  });
  const auto n = static_cast<double>(o.particles);
  const Vec& w = result.minus_work;
  result.bound = w.mean();
  result.bound_error = std::sqrt((w.array() - result.bound).square().sum() / (n * (n - 1.0)));
  const double sign = forward ? 1.0 : -1.0, top = (sign * w).maxCoeff();
  const Vec weight = (sign * w.array() - top).exp();
  result.log_evidence = sign * (top + std::log(weight.mean()));
  result.effective_size = weight.sum() * weight.sum() / weight.squaredNorm();
  return result;
}

}  // namespace

AnnealingMove move_by(SamplerFactory sampler, double step_size, Index transitions) {
  return [=, make = std::move(sampler)](const AnyPotential& target, Vec& q, Rng& rng) {
    const auto chain = make(target, 1.0);
    chain->set_tuning(step_size, {});
    chain->start(q, 0, rng);
    for (Index i = 0; i < transitions; ++i) chain->transition(rng);
    q = chain->position();
  };
}

AnnealedImportance anneal_forward(const AnyPotential& posterior, const AnnealingMove& move,
                                  const AnnealingOptions& options) {
  if (!posterior.can_draw_prior())
    throw ModelError(
        "annealing starts from the prior, which this potential cannot draw from: add "
        "draw_prior(rng, q)");
  return run(posterior, options, true, [&](Vec& q, Rng& rng) {
    posterior.draw_prior(rng, q);
    double sum = 0.0;
    for (Index i = 0; i < options.steps; ++i) {
      sum += (node(i + 1, options) - node(i, options)) * log_likelihood(posterior, q);
      if (i + 1 < options.steps)
        move(AnyPotential(TemperedLikelihood(posterior, node(i + 1, options))), q, rng);
    }
    return sum;
  });
}

AnnealedImportance anneal_reverse(const AnyPotential& posterior, const AnnealingMove& move,
                                  const std::function<void(Rng&, Vec&)>& draw,
                                  const AnnealingOptions& options) {
  return run(posterior, options, false, [&](Vec& q, Rng& rng) {
    draw(rng, q);
    double sum = 0.0;
    for (Index i = options.steps; i-- > 0;) {
      sum += (node(i + 1, options) - node(i, options)) * log_likelihood(posterior, q);
      if (i > 0) move(AnyPotential(TemperedLikelihood(posterior, node(i, options))), q, rng);
    }
    return sum;
  });
}

}  // namespace thalweg
