#include <thalweg/solvers/samplers/nuts.hpp>

#include <fmt/format.h>

#include <thalweg/solvers/samplers/nuts_tree.hpp>

namespace thalweg {

namespace {

class NutsSampler final : public HamiltonianSampler {
 public:
  NutsSampler(const AnyPotential& potential, double temperature, const Nuts& options)
      : HamiltonianSampler(
            potential, temperature, options,
            {.name = "nuts",
             .statistics = {"lp", "acceptance_rate", "step_size", "energy", "energy_error",
                            "max_energy_error", "int_time", "n_steps", "n_gradients", "tree_depth",
                            "reached_max_treedepth", "diverging"},
             .description =
                 fmt::format("nuts, {}, max_depth {}", describe(options), options.max_depth)}),
        tree_(potential.dim(), options.max_depth) {}

 private:
  SampleInfo trajectory(const Hamiltonian& h, PhasePoint& z, Vec& divergence, Rng& rng) override {
    return tree_.grow(h, z, divergence, rng);
  }

  NutsTree tree_;
};

}  // namespace

Doc Nuts::doc() {
  return {
      .summary = "no-U-turn sampler, multinomial, as in Stan: the default",
      .equation =
          "H = U/T + p' M^-1 p / 2; the path from p ~ N(0, M) doubles forward or backward "
          "until v . (sum of p) <= 0 at an end; draws weigh exp(-H)",
      .source =
          "Hoffman, Gelman, J. Mach. Learn. Res. 15 (2014) 1593-1623; Betancourt, "
          "arXiv:1701.02434",
      .notes =
          "Exact: the error of the steps only lowers the acceptance. Up to 2^max_depth - 1 "
          "steps a draw, one gradient each with leapfrog, 2 or 3 with bcss2 and bcss3, which "
          "take larger steps and therefore count the ends' momenta half in the sum (Stan counts "
          "them whole, as leapfrog does here). Warm-up as in Stan: dual averaging of the step, "
          "windows of 25, "
          "50, ... for the metric. A dense metric costs d^2 a gradient and pays where "
          "parameters are correlated, up to a few hundred of them."};
}

void Nuts::fields(Fields& f) {
  HamiltonianOptions::fields(f);
  f("max_depth", max_depth, "1", "doublings of a trajectory at most", {.low = 1.0, .high = 20.0});
}

std::unique_ptr<HamiltonianSampler> Nuts::make(const AnyPotential& potential,
                                               double temperature) const {
  return std::make_unique<NutsSampler>(potential, temperature, *this);
}

std::unique_ptr<Sampler> Nuts::operator()(const AnyPotential& potential, double temperature) const {
  return make(potential, temperature);
}

}  // namespace thalweg
