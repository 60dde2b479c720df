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

void check(const AnnealingOptions& o) {
  if (o.steps < 1 || o.particles < 2)
    throw ConfigError(fmt::format("annealing needs steps >= 1 and particles >= 2, not {} and {}",
                                  o.steps, o.particles));
}

std::string stream(bool forward, Index k) {
  return fmt::format("annealing.{}{}", forward ? "" : "reverse.", k);
}

// The steps down or up from where the particle stands.
double minus_work(const AnyPotential& posterior, const AnnealingMove& move,
                  const AnnealingOptions& o, bool forward, Rng& rng, Vec& q) {
  double sum = 0.0;
  for (Index n = 0; n < o.steps; ++n) {
    const Index i = forward ? n : o.steps - 1 - n;  // the step between nodes i and i + 1
    sum += (node(i + 1, o) - node(i, o)) * log_likelihood(posterior, q);
    if (n + 1 < o.steps)
      move(AnyPotential(TemperedLikelihood(posterior, node(forward ? i + 1 : i, o))), q, rng);
  }
  return sum;
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

double anneal_particle(const AnyPotential& posterior, const AnnealingMove& move,
                       const AnnealingOptions& options, bool forward, Index k, Vec& q) {
  Rng rng(options.seed, stream(forward, k));
  if (forward) {
    q.resize(posterior.dim());
    posterior.draw_prior(rng, q);
  }
  return minus_work(posterior, move, options, forward, rng, q);
}

AnnealedImportance annealing_result(const Vec& w, bool forward) {
  AnnealedImportance result;
  result.minus_work = w;
  const auto n = static_cast<double>(w.size());
  result.bound = w.mean();
  result.bound_error = std::sqrt((w.array() - result.bound).square().sum() / (n * (n - 1.0)));
  const double sign = forward ? 1.0 : -1.0, top = (sign * w).maxCoeff();
  const Vec weight = (sign * w.array() - top).exp();
  result.log_evidence = sign * (top + std::log(weight.mean()));
  result.effective_size = weight.sum() * weight.sum() / weight.squaredNorm();
  return result;
}

AnnealedImportance anneal_forward(const AnyPotential& posterior, const AnnealingMove& move,
                                  const AnnealingOptions& options) {
  check(options);
  if (!posterior.can_draw_prior())
    throw ModelError(
        "annealing starts from the prior, which this potential cannot draw from: add "
        "draw_prior(rng, q)");
  Vec work(options.particles);
  parallel_for(options.particles, [&](Index k, int) {
    Vec q;
    work[k] = anneal_particle(posterior, move, options, true, k, q);
  });
  return annealing_result(work, true);
}

AnnealedImportance anneal_reverse(const AnyPotential& posterior, const AnnealingMove& move,
                                  const std::function<void(Rng&, Vec&)>& draw,
                                  const AnnealingOptions& options) {
  check(options);
  Vec work(options.particles);
  parallel_for(options.particles, [&](Index k, int) {
    Rng rng(options.seed, stream(false, k));
    Vec q(posterior.dim());
    draw(rng, q);
    work[k] = minus_work(posterior, move, options, false, rng, q);
  });
  return annealing_result(work, false);
}

}  // namespace thalweg
