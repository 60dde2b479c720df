// Samplers on a Gaussian of condition 1000 in 100 dimensions (Stan's NUTS beside, measured
// elsewhere: step 0.0657, 115 leapfrogs and ESS 0.0079 a gradient with the diagonal metric; 0.395,
// 15.3 and 0.095 with the dense one), and what a step costs beside its gradient. ESS is the
// smallest over coordinates, rank-normalised, of 4 chains x 1000 draws after 1000 of warm-up.
//   bench_samplers [SEEDS]     as JSON
#include <thalweg/core/potential.hpp>
#include <thalweg/solvers/samplers/hmc.hpp>
#include <thalweg/solvers/samplers/langevin/mala.hpp>
#include <thalweg/solvers/samplers/nuts.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

namespace {

using namespace thalweg;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// N(0, Q' diag(l) Q), Q the orthonormal DCT-II, l_k = 1000^(-k/(d-1)).
struct Gauss100 {
  Mat precision{100, 100};
  Gauss100() {
    const Index d = 100;
    Mat q(d, d);
    const double n = 100.0;
    for (Index k = 0; k < d; ++k) {
      const auto mode = static_cast<double>(k);
      for (Index i = 0; i < d; ++i)
        q(k, i) = std::sqrt((k == 0 ? 1.0 : 2.0) / n) *
                  std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) * mode / n);
    }
    Vec inverse(d);
    for (Index k = 0; k < d; ++k) inverse[k] = std::pow(1000.0, static_cast<double>(k) / (d - 1));
    precision = q.transpose() * inverse.asDiagonal() * q;
  }
  [[nodiscard]] Index dim() const { return 100; }
  [[nodiscard]] double value(In q) const { return 0.5 * q.dot(precision * q); }
  void gradient(In q, Out g) const { g.noalias() = precision * q; }
  double value_and_gradient(In q, Out g) const {
    g.noalias() = precision * q;
    return 0.5 * q.dot(g);
  }
};

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

// Phi^-1 by Newton's method on erfc.
double normal_quantile(double p) {
  double x = 0.0;
  for (int i = 0; i < 60; ++i) {
    const double error = 0.5 * std::erfc(-x / std::numbers::sqrt2) - p;
    const double slope = std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi);
    x -= std::clamp(error / slope, -0.5, 0.5);
  }
  return x;
}

// Effective size of chains of equal length (Vehtari et al. 2021): split, ranks to normals, Geyer's
// initial monotone sequence.
double bulk_ess(const std::vector<std::vector<double>>& chains) {
  const std::size_t n = chains[0].size() / 2, m = 2 * chains.size(), all = n * m;
  std::vector<double> x;
  for (const auto& c : chains) x.insert(x.end(), c.begin(), c.begin() + static_cast<long>(2 * n));
  std::vector<std::size_t> order(all);
  for (std::size_t i = 0; i < all; ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return x[i]; });
  static const auto quantiles = [](std::size_t size) {
    std::vector<double> z(size);
    for (std::size_t r = 0; r < size; ++r)
      z[r] = normal_quantile((static_cast<double>(r) + 1.0 - 0.375) /
                             (static_cast<double>(size) + 0.25));
    return z;
  }(all);
  for (std::size_t r = 0; r < all; ++r) x[order[r]] = quantiles[r];
  const auto N = static_cast<double>(n), M = static_cast<double>(m);
  std::vector<double> mean(m), centred(x);
  for (std::size_t c = 0; c < m; ++c) {
    for (std::size_t i = 0; i < n; ++i) mean[c] += x[c * n + i] / N;
    for (std::size_t i = 0; i < n; ++i) centred[c * n + i] -= mean[c];
  }
  const auto covariance = [&](std::size_t lag) {
    double sum = 0.0;
    for (std::size_t c = 0; c < m; ++c)
      for (std::size_t i = 0; i + lag < n; ++i)
        sum += centred[c * n + i] * centred[c * n + i + lag];
    return sum / N / M;
  };
  double grand = 0.0, between = 0.0;
  for (const double a : mean) grand += a / M;
  for (const double a : mean) between += (a - grand) * (a - grand) / (M - 1.0);
  const double within = covariance(0) * N / (N - 1.0);
  const double total = within * (N - 1.0) / N + between;
  const auto rho = [&](std::size_t lag) { return 1.0 - (within - covariance(lag)) / total; };
  double tau = -1.0, last = 1e300;
  for (std::size_t lag = 0; lag + 1 < n; lag += 2) {
    const double pair = std::min(last, (lag == 0 ? 1.0 : rho(lag)) + rho(lag + 1));
    if (pair < 0.0) break;
    tau += 2.0 * pair;
    last = pair;
  }
  const double size = N * M;
  return size / std::max(tau, 1.0 / std::log10(size));
}

template <class S>
void efficiency(const char* name, const S& configured, const char* what, int seeds) {
  const AnyPotential target{Gauss100()};
  std::vector<double> per_gradient;
  double step = 0.0, steps = 0.0, seconds = 0.0, ess_sum = 0.0;
  const int chains = 4, warmup = 1000, draws = 1000;
  for (int seed = 1; seed <= seeds; ++seed) {
    std::vector<std::vector<std::vector<double>>> kept(
        100, std::vector<std::vector<double>>(chains, std::vector<double>(draws)));
    double gradients = 0.0;
    for (std::size_t c = 0; c < chains; ++c) {
      Rng rng(static_cast<std::uint64_t>(seed), "chain " + std::to_string(c));
      const auto sampler = configured(target, 1.0);
      Vec q(100);
      for (Index i = 0; i < 100; ++i) q[i] = 4.0 * rng.uniform() - 2.0;
      sampler->start(q, warmup, rng);
      for (int i = 0; i < warmup; ++i) sampler->transition(rng);
      const double begin = cpu_seconds();
      for (std::size_t i = 0; i < draws; ++i) {
        const auto done = sampler->transition(rng);
        gradients += static_cast<double>(done.n_gradients);
        steps += static_cast<double>(done.n_steps);
        for (std::size_t k = 0; k < 100; ++k)
          kept[k][c][i] = sampler->position()[static_cast<Index>(k)];
      }
      seconds += cpu_seconds() - begin;
      step += sampler->step_size();
    }
    double least = 1e300;
    for (const auto& coordinate : kept) least = std::min(least, bulk_ess(coordinate));
    per_gradient.push_back(least / gradients);
    ess_sum += least;
  }
  double mean = 0.0, square = 0.0;
  for (const double e : per_gradient) mean += e / seeds;
  for (const double e : per_gradient) square += (e - mean) * (e - mean);
  std::printf(
      "{\"sampler\": \"%s\", \"options\": \"%s\", \"step\": %.4f, \"steps_per_draw\": %.2f, "
      "\"ess_per_gradient\": %.5f, \"standard_error\": %.5f, \"ess\": %.0f, "
      "\"ess_per_second\": %.0f, \"us_per_step\": %.3f}\n",
      name, what, step / chains / seeds, steps / chains / draws / seeds, mean,
      seeds > 1 ? std::sqrt(square / (seeds - 1) / seeds) : 0.0, ess_sum / seeds, ess_sum / seconds,
      1e6 * seconds / steps);
  std::fflush(stdout);
}

// Microseconds a leapfrog of NUTS takes on `potential`, and a gradient alone; least of many.
template <class P>
void overhead(const char* name, const P& p, const char* metric) {
  const AnyPotential potential{p};
  Nuts nuts;
  nuts.step_size = 0.02;  // long trees
  nuts.metric = metric;
  const auto sampler = nuts(potential, 1.0);
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
  overhead("gauss100", Gauss100(), "diagonal");
  overhead("gauss100", Gauss100(), "dense");
  for (const char* metric : {"diagonal", "dense"})
    for (const char* integrator : {"leapfrog", "bcss3"}) {
      const std::string what = std::string(metric) + ", " + integrator;
      Nuts nuts;
      Hmc hmc;
      nuts.metric = hmc.metric = metric;
      nuts.integrator = hmc.integrator = integrator;
      efficiency("nuts", nuts, what.c_str(), seeds);
      efficiency("hmc", hmc, what.c_str(), seeds);
    }
}
