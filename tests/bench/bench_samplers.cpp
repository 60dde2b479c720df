// Efficiency of the samplers on the densities of published runs of Stan, and what a step costs
// beside its gradient. ESS is rank-normalised, of 4 chains x 1000 draws after 1000 of warm-up, the
// smallest over the parameters; for networks over predictions, where alone it means something.
//   bench_samplers [SEEDS]     as JSON, a line each
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/model.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/registry.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/solvers/catalogue.hpp>
#include <thalweg/statistics/convergence.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace thalweg;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class T>
T make(const Registry<T>& registry, const std::string& toml) {
  const auto config = Config::from_text(toml, "bench");
  ConfigReader reader(config);
  std::string name;
  reader("name", name, "", "");
  return registry.at(name).make(reader);
}

// As cheap as a potential can be: what remains is the sampler's own.
struct Round {
  Index n;
  [[nodiscard]] Index dim() const { return n; }
  [[nodiscard]] double value(In q) const { return 0.5 * q.squaredNorm(); }
  void gradient(In q, Out g) const { g = q; }
  double value_and_gradient(In q, Out g) const {
    g = q;
    return 0.5 * q.squaredNorm();
  }
};

struct Target {
  const char* name;
  const char* model;
  const char* predictions;  ///< variable to judge a network by; "" judges parameters
  Index stride;             ///< of its entries
  int times;                ///< more seeds where a run takes no time and its ESS varies much
};

const Target targets[] = {
    {"gauss100", "name = \"gaussian\"\ndim = 100\ncondition = 1000.0", "", 1, 1},
    {"eight_nc", "name = \"eight_schools\"", "", 1, 20},
    {"logit", "name = \"bayesian_logistic_regression\"\ndata = { name = \"german_credit\" }", "", 1,
     1},
    {"bnn_reg",
     "name = \"bayesian_mlp\"\nhidden = [10]\nnoise = 0.1\ngrid = [-1.5, 1.5]\ngrid_points = 7\n"
     "data = { name = \"noisy_sine\" }",
     "mean_on_grid", 1, 1},
    {"bnn_cls", "name = \"bayesian_mlp\"\nhidden = [8]\ndata = { name = \"iris\" }", "probability",
     7, 1},
};

void efficiency(const Target& target, const char* sampler_toml, const char* what, int seeds) {
  const AnyModel model = make(models(), target.model);
  const AnyPotential potential = *model.potential();
  const SamplerFactory factory = make(samplers(), sampler_toml);
  const std::string wanted = target.predictions;
  DrawQuantity quantity;
  if (!wanted.empty())
    for (auto& d : potential.draw_quantities())
      if (d.observable.variable.name == wanted) quantity = d;
  const Index d = wanted.empty() ? potential.dim() : quantity.observable.variable.size();
  std::vector<double> per_gradient;
  double step = 0.0, steps = 0.0, seconds = 0.0, ess_sum = 0.0, all_gradients = 0.0;
  Index divergences = 0;
  const Index chains = 4, warmup = 1000, draws = 1000;
  Convergence convergence;
  Vec values(d), q(potential.dim());
  for (int seed = 1; seed <= seeds; ++seed) {
    std::vector<Mat> kept(static_cast<std::size_t>(d), Mat(draws, chains));
    double gradients = 0.0;
    for (Index c = 0; c < chains; ++c) {
      Rng rng(static_cast<std::uint64_t>(seed), "chain " + std::to_string(c));
      const auto sampler = factory(potential, 1.0);
      for (auto& x : q) x = 4.0 * rng.uniform() - 2.0;
      sampler->start(q, warmup, rng);
      for (Index i = 0; i < warmup; ++i) sampler->transition(rng);
      for (Index i = 0; i < draws; ++i) {
        const double begin = cpu_seconds();
        const auto done = sampler->transition(rng);
        seconds += cpu_seconds() - begin;
        gradients += static_cast<double>(done.n_gradients);
        steps += static_cast<double>(done.n_steps);
        divergences += done.diverging ? 1 : 0;
        if (wanted.empty())
          values = sampler->position();
        else
          quantity.observable.compute(sampler->position(), 0.0, values);
        for (Index k = 0; k < d; ++k) kept[static_cast<std::size_t>(k)](i, c) = values[k];
      }
      step += sampler->step_size();
    }
    double least = 1e300;
    for (Index k = 0; k < d; k += target.stride)
      least = std::min(least, convergence.ess_bulk(kept[static_cast<std::size_t>(k)]));
    per_gradient.push_back(least / gradients);
    ess_sum += least;
    all_gradients += gradients;
  }
  double mean = 0.0, square = 0.0;
  for (const double e : per_gradient) mean += e / seeds;
  for (const double e : per_gradient) square += (e - mean) * (e - mean);
  const auto runs = static_cast<double>(seeds * chains);
  std::printf(
      "{\"target\": \"%s\", \"options\": \"%s\", \"step\": %.4f, \"steps_per_draw\": %.2f, "
      "\"ess_per_gradient\": %.6f, \"standard_error\": %.6f, \"ess\": %.0f, "
      "\"ess_per_second\": %.1f, \"gradients_per_second\": %.0f, \"divergences\": %lld}\n",
      target.name, what, step / runs, steps / runs / static_cast<double>(draws), mean,
      seeds > 1 ? std::sqrt(square / (seeds - 1) / seeds) : 0.0, ess_sum / seeds, ess_sum / seconds,
      all_gradients / seconds, static_cast<long long>(divergences));
  std::fflush(stdout);
}

// Microseconds a leapfrog of NUTS takes on `potential`, and a gradient alone; least of many.
template <class P>
void overhead(const char* name, const P& p, const char* metric) {
  const AnyPotential potential{p};
  const auto sampler =
      make(samplers(), std::string("name = \"nuts\"\nstep_size = 0.02\nmetric = \"") + metric +
                           "\"")(potential, 1.0);  // long trees
  Rng rng(1, "overhead");
  sampler->start(Vec::Ones(potential.dim()), 0, rng);
  Vec q = Vec::Ones(potential.dim()), g(potential.dim());
  double step = 1e9, gradient = 1e9;
  const auto least = [](double& best, int n, auto&& f) {
    const double begin = cpu_seconds();
    double count = 0.0;
    for (int i = 0; i < n; ++i) count += f();
    best = std::min(best, 1e6 * (cpu_seconds() - begin) / count);
  };
  const int evaluations = static_cast<int>(4'000'000 / (100 + potential.dim()));
  for (int i = 0; i < 9; ++i) {
    least(step, std::max(1, evaluations / 256),
          [&] { return static_cast<double>(sampler->transition(rng).n_steps); });
    least(gradient, evaluations, [&] {
      q[0] += 1e-9 * potential.value_and_gradient(q, g);
      return 1.0;
    });
  }
  const auto d = static_cast<double>(potential.dim());
  std::printf(
      "{\"overhead\": \"%s\", \"metric\": \"%s\", \"dim\": %.0f, \"us_per_leapfrog\": %.4f, "
      "\"us_per_gradient\": %.4f, \"us_overhead\": %.4f, \"bar\": %.4f}\n",
      name, metric, d, step, gradient, step - gradient, 0.3 + 0.004 * d);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 1;
  for (const Index n : {2, 10, 100, 1000, 10000}) {
    overhead("round", Round{n}, "unit");
    overhead("round", Round{n}, "diagonal");
  }
  for (const auto& target : targets) {
    const int runs = seeds * target.times;
    efficiency(target, "name = \"nuts\"", "nuts diagonal", runs);
    const std::string name = target.name;
    if (name == "gauss100" || name == "logit")
      efficiency(target, "name = \"nuts\"\nmetric = \"dense\"", "nuts dense", runs);
    if (name != "bnn_reg" && name != "bnn_cls") {
      efficiency(target, "name = \"nuts\"\nintegrator = \"bcss3\"", "nuts diagonal bcss3", runs);
      efficiency(target, "name = \"hmc\"", "hmc diagonal", runs);
    }
  }
}
