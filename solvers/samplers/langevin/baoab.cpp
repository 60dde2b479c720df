#include <thalweg/solvers/samplers/langevin/baoab.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/solvers/samplers/langevin/unadjusted_sampler.hpp>

namespace thalweg {

namespace {

class BaoabSampler final : public UnadjustedSampler {
 public:
  BaoabSampler(const AnyPotential& potential, double temperature, const Baoab& o)
      : UnadjustedSampler(
            potential, temperature, o.step_size, o.steps,
            {.name = "baoab",
             .description = fmt::format("baoab, step {:g}, friction {:g}, {} steps a draw",
                                        o.step_size, o.friction, o.steps),
             .approximation = fmt::format("Langevin steps of {:g} without Metropolis' correction: "
                                          "draws are exact on a Gaussian, else up to O(h^2)",
                                          o.step_size)}),
        keep_(std::exp(-o.friction * o.step_size)),
        noise_(std::sqrt(-std::expm1(-2.0 * o.friction * o.step_size))) {}

 private:
  void on_start(Rng& rng) override { metric_.draw(rng, z_.p); }

  void step(Rng& rng) override {
    z_.p -= (0.5 * step_) * z_.g;
    metric_.velocity(z_.p, z_.v);
    z_.q += (0.5 * step_) * z_.v;
    metric_.draw(rng, z_.w);
    z_.p = keep_ * z_.p + noise_ * z_.w;
    metric_.velocity(z_.p, z_.v);
    z_.q += (0.5 * step_) * z_.v;
    z_.u = target_.or_infinite(z_.q, z_.g);
    z_.p -= (0.5 * step_) * z_.g;
  }

  double keep_, noise_;
};

}  // namespace

Doc Baoab::doc() {
  return {.summary = "Langevin dynamics with friction, BAOAB splitting, approximate",
          .equation =
              "p -= h g/2, q += h p/2, p <- c p + sqrt(1 - c^2) z, q += h p/2, p -= h g/2; "
              "g = grad U/T, c = exp(-friction h), z ~ N(0, I)",
          .source = "Leimkuhler, Matthews, Appl. Math. Res. Express 2013 (2013) 34-56",
          .notes =
              "Approximate, of order h^2; exact in q on a Gaussian, where the momentum has "
              "variance 1 - h^2 w^2 / 4, w the frequency. Stable while h w < 2. One gradient "
              "a step. Friction near the lowest frequency mixes fastest."};
}

void Baoab::fields(Fields& f) {
  f("step_size", step_size, "time", "h", positive());
  f("friction", friction, "1/time", "rate at which momentum is forgotten", positive());
  f("steps", steps, "1", "steps between draws", between(1.0, 1e9));
}

std::unique_ptr<Sampler> Baoab::operator()(const AnyPotential& potential,
                                           double temperature) const {
  return std::make_unique<BaoabSampler>(potential, temperature, *this);
}

}  // namespace thalweg
