#include <thalweg/run/evidence/evidence_config.hpp>

namespace thalweg {

void LadderConfig::fields(Fields& f) {
  f("intervals", intervals, "1", "K: chains at the inverse temperatures b = (i/K)^power, i = 0..K",
    between(1, 10'000));
  f("power", power, "1", "how densely they stand at the prior, where <ln p(D|q)> is steepest",
    between(1, 20));
  f("chains", chains, "1", "independent chains at each b", between(2, 10'000));
  f("warmup", warmup, "1", "transitions of each chain that adapt the sampler anew at each b",
    at_least(0));
  f("draws", draws, "1", "transitions of each chain after them", at_least(20));
}

void AnnealingConfig::fields(Fields& f) {
  f("steps", steps, "1", "steps of b between prior and posterior", at_least(1));
  f("particles", particles, "1", "ways up from the prior, and as many down; 0: no annealing",
    at_least(0));
  f("transitions", transitions, "1", "of the sampler after each step", at_least(1));
}

void EvidenceConfig::fields(Fields& f) {
  f("laplace", laplace, "", "Laplace's approximation too, where the model has Hessian products");
  f("ladder", ladder, "",
    "thermodynamic integration: ln Z = integral of <ln p(D|q)>_b over b in [0, 1]");
  f("annealing", annealing, "",
    "annealed importance sampling with the sampler as tuned at the nearest rung of the ladder");
  annealing_place = f.place("annealing");
  if (!f.reading()) return;
  if (annealing.particles == 1) f.reject("annealing", "has one particle; give it 2 or more, or 0");
  if (annealing.particles > ladder.chains * ladder.draws)
    f.reject("annealing",
             "has more particles than the ladder has draws at b = 1, from which they start in "
             "reverse; raise ladder.draws");
}

}  // namespace thalweg
