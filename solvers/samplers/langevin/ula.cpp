#include <thalweg/solvers/samplers/langevin/ula.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/solvers/samplers/langevin/unadjusted_sampler.hpp>

namespace thalweg {

namespace {

class UlaSampler final : public UnadjustedSampler {
 public:
  UlaSampler(const AnyPotential& potential, double temperature, const Ula& o)
      : UnadjustedSampler(
            potential, temperature, o.step_size, o.steps,
            {.name = "ula",
             .description = fmt::format("ula, step {:g}, {} steps a draw", o.step_size, o.steps),
             .approximation = fmt::format(
                 "overdamped Langevin steps of {:g} without Metropolis' correction: stationary "
                 "variances are too large by about h / (4 s^2), s a direction's standard deviation",
                 o.step_size)}) {}

 private:
  void step(Rng& rng) override {
    metric_.velocity(z_.g, z_.w);
    metric_.draw(rng, z_.p);
    metric_.velocity(z_.p, z_.v);  // v ~ N(0, M^-1)
    z_.q += std::sqrt(step_) * z_.v - (0.5 * step_) * z_.w;
    z_.u = target_.or_infinite(z_.q, z_.g);
  }
};

}  // namespace

Doc Ula::doc() {
  return {.summary = "unadjusted Langevin algorithm, approximate",
          .equation = "q <- q - (h/2) grad U(q)/T + sqrt(h) z, z ~ N(0, I)",
          .source = "Roberts, Tweedie, Bernoulli 2 (1996) 341-363",
          .notes =
              "Approximate, of order h: on a Gaussian of variance s^2 the draws have "
              "s^2 / (1 - h / (4 s^2)); stable while h < 4 s^2. One gradient a step. mala is "
              "the same with correction, baoab is more accurate at the same cost."};
}

void Ula::fields(Fields& f) {
  f("step_size", step_size, "time", "h", positive());
  f("steps", steps, "1", "steps between draws", between(1.0, 1e9));
}

std::unique_ptr<Sampler> Ula::operator()(const AnyPotential& potential, double temperature) const {
  return std::make_unique<UlaSampler>(potential, temperature, *this);
}

}  // namespace thalweg
