#include <thalweg/evidence/tempered_likelihood.hpp>

#include <utility>

namespace thalweg {

TemperedLikelihood::TemperedLikelihood(AnyPotential posterior, double b)
    : posterior_(std::move(posterior)), b_(b) {
  if (!posterior_.has_prior())
    throw ModelError(
        "the likelihood of this potential cannot be tempered: it does not tell its prior; add "
        "double prior(q, g)");
}

double TemperedLikelihood::value(In q) const {
  thread_local Vec g;
  g.resize(dim());
  const double prior = posterior_.prior(q, g);
  return prior + b_ * (posterior_.value(q) - prior);
}

double TemperedLikelihood::value_and_gradient(In q, Out g) const {
  thread_local Vec g_prior;
  g_prior.resize(dim());
  const double prior = posterior_.prior(q, g_prior);
  const double U = posterior_.value_and_gradient(q, g);
  g = b_ * g + (1.0 - b_) * g_prior;
  return prior + b_ * (U - prior);
}

double log_likelihood(const AnyPotential& posterior, In q) {
  thread_local Vec g;
  g.resize(posterior.dim());
  return posterior.prior(q, g) - posterior.value(q);
}

}  // namespace thalweg
