#include <thalweg/run/sampling/chain_start.hpp>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

ChainStart chain_start(const AnyPotential& potential, const std::string& choice) {
  Rng probe(0, "probe");
  const auto has_start = [&] { return potential.initial_state(probe).has_value(); };
  if (choice == "uniform") return ChainStart::uniform;
  if (choice == "prior" && !potential.can_draw_prior())
    throw ConfigError(
        "asks for draws of the prior, which this model does not offer; say \"uniform\"");
  if (choice == "model" && !has_start())
    throw ConfigError("asks for the model's own start, which it does not have; say \"uniform\"");
  if (choice == "model") return ChainStart::model;
  if (potential.can_draw_prior()) return ChainStart::prior;
  return has_start() ? ChainStart::model : ChainStart::uniform;
}

std::string describe(ChainStart start) {
  switch (start) {
    case ChainStart::prior:
      return "each chain from its own draw of the prior";
    case ChainStart::model:
      return "each chain from the model's own start, made from the chain's random numbers";
    case ChainStart::uniform:
      return "each chain from a point uniform in (-2, 2)";
  }
  return "";
}

Vec start_point(const AnyPotential& potential, ChainStart start, Rng& rng) {
  Vec q(potential.dim()), g(potential.dim());
  for (int attempt = 0; attempt < 100; ++attempt) {
    switch (start) {
      case ChainStart::prior:
        potential.draw_prior(rng, q);
        break;
      case ChainStart::model:
        q = potential.initial_state(rng).value();
        break;
      case ChainStart::uniform:
        for (auto& x : q) x = 4.0 * rng.uniform() - 2.0;
        break;
    }
    const double U = potential.value_and_gradient(q, g);
    if (std::isfinite(U) && all_finite(g)) return q;
  }
  throw SolveError(
      "U or its gradient was not finite at any of 100 start points; check the data and their "
      "scaling, or give [start] state");
}

}  // namespace thalweg
