// The tree of NUTS: complete and symmetric about its start, and step by step the one of Stan.
#include <support/catch.hpp>
#include <support/sampler_toys.hpp>

#include <thalweg/solvers/samplers/nuts_tree.hpp>

#include <cmath>

using namespace thalweg;

namespace {

// NUTS as Stan's base_nuts.hpp has it, by recursion with copies, on its own leapfrog; the random
// numbers are asked for in our order.
class PlainNuts {
 public:
  PlainNuts(const AnyPotential& potential, const Metric& metric, double step)
      : potential_(potential), metric_(metric), step_(step) {}

  struct State {
    Vec q, p;
  };

  // The draw; `steps` counts leapfrogs.
  Vec transition(const State& start, int max_depth, Rng& rng, int& steps) {
    steps = 0;
    h0_ = energy(start);
    State forward = start, backward = start;
    Vec draw = start.q, rho = start.p;
    double weight = 0.0;
    Vec p_first = start.p, p_last = start.p;  // of the path, in time
    for (int depth = 0; depth < max_depth; ++depth) {
      const bool ahead = rng.uniform() > 0.5;
      Part part;
      if (!build(depth, ahead ? forward : backward, ahead ? 1.0 : -1.0, rng, part, steps)) break;
      const bool takes = rng.uniform() < std::exp(std::min(0.0, part.weight - weight));
      if (takes) draw = part.draw;
      weight = std::log(std::exp(weight) + std::exp(part.weight));
      const Vec rho_first = ahead ? rho : part.rho, rho_second = ahead ? part.rho : rho;
      const Vec a0 = ahead ? p_first : part.p_end, a1 = ahead ? p_last : part.p_begin;
      const Vec b0 = ahead ? part.p_begin : p_first, b1 = ahead ? part.p_end : p_last;
      rho += part.rho;
      p_first = a0;
      p_last = b1;
      if (!persists(a0, a1, b0, b1, rho_first, rho_second)) break;
    }
    return draw;
  }

 private:
  struct Part {
    Vec draw, rho, p_begin, p_end;
    double weight = 0.0;
  };

  [[nodiscard]] Vec velocity(const Vec& p) const {
    Vec v(p.size());
    metric_.velocity(p, v);
    return v;
  }
  [[nodiscard]] double energy(const State& z) const {
    return potential_.value(z.q) + 0.5 * z.p.dot(velocity(z.p));
  }
  [[nodiscard]] bool criterion(const Vec& p, const Vec& q, const Vec& rho) const {
    return velocity(p).dot(rho) > 0.0 && velocity(q).dot(rho) > 0.0;
  }
  [[nodiscard]] bool persists(const Vec& a0, const Vec& a1, const Vec& b0, const Vec& b1,
                              const Vec& rho_a, const Vec& rho_b) const {
    return criterion(a0, b1, rho_a + rho_b) && criterion(a0, b0, rho_a + b0) &&
           criterion(a1, b1, rho_b + a1);
  }

  bool build(int depth, State& z, double sign, Rng& rng, Part& out, int& steps) {
    if (depth == 0) {
      Vec g(z.q.size());
      potential_.gradient(z.q, g);
      z.p -= 0.5 * sign * step_ * g;
      z.q += sign * step_ * velocity(z.p);
      potential_.gradient(z.q, g);
      z.p -= 0.5 * sign * step_ * g;
      ++steps;
      out = {z.q, z.p, z.p, z.p, h0_ - energy(z)};
      return -out.weight <= 1000.0;
    }
    Part second;
    if (!build(depth - 1, z, sign, rng, out, steps)) return false;
    if (!build(depth - 1, z, sign, rng, second, steps)) return false;
    const bool good =
        persists(out.p_begin, out.p_end, second.p_begin, second.p_end, out.rho, second.rho);
    const double total = std::log(std::exp(out.weight) + std::exp(second.weight));
    if (rng.uniform() < std::exp(second.weight - total)) out.draw = second.draw;
    out.weight = total;
    out.rho += second.rho;
    out.p_end = second.p_end;
    return good;
  }

  const AnyPotential& potential_;
  const Metric& metric_;
  double step_, h0_ = 0.0;
};

}  // namespace

TEST_CASE("a NUTS tree is complete and symmetric about its start", "[solvers][samplers]") {
  // With tiny steps nothing turns and all weights are the same.
  const Target target(AnyPotential(test::Normals{Vec::Ones(1)}), 1.0);
  const Metric metric(InverseMetric::Kind::unit, 1);
  const Hamiltonian h{target, metric, splitting("leapfrog"), 1e-7, 1000.0};
  const int depth = 5, trees = 1000;
  NutsTree tree(1, depth);
  Rng rng(11, "trees");
  double middle = 0.0;
  for (int i = 0; i < trees; ++i) {
    PhasePoint z;
    z.resize(1);
    z.q[0] = 0.3;
    z.u = target(z.q, z.g);
    refresh_momentum(metric, rng, z);
    Vec divergence;
    const auto done = tree.grow(h, z, divergence, rng);
    REQUIRE(done.n_steps == (1 << depth) - 1);
    REQUIRE(done.tree_depth == depth);
    REQUIRE(done.reached_max_treedepth);
    REQUIRE(tree.last() - tree.first() == done.n_steps);
    REQUIRE((tree.index_of_draw() >= tree.first() && tree.index_of_draw() <= tree.last()));
    // Of equal weights the last doubling always gives the draw.
    REQUIRE(std::abs(tree.index_of_draw()) >= 1);
    middle += 0.5 * static_cast<double>(tree.first() + tree.last());
  }
  // first is uniform in -31..0: its deviation is 9.23. 4 standard errors.
  CHECK(std::abs(middle / trees) < 4.0 * 9.23 / std::sqrt(trees));
}

TEST_CASE("NUTS is Stan's recursion", "[solvers][samplers]") {
  const AnyPotential potential(test::hard_springs());
  const Target target(potential, 1.0);
  Metric unit(InverseMetric::Kind::unit, 3), diagonal(InverseMetric::Kind::diagonal, 3),
      dense(InverseMetric::Kind::dense, 3);
  diagonal.set({.kind = InverseMetric::Kind::diagonal, .diagonal = Vec{{0.5, 2.0, 1.3}}});
  Mat m(3, 3);
  m << 1.0, 0.4, -0.2, 0.4, 0.7, 0.1, -0.2, 0.1, 1.5;
  dense.set({.kind = InverseMetric::Kind::dense, .dense = m});
  for (const Metric& metric : {unit, diagonal, dense})
    for (const double step : {0.03, 0.3, 0.8}) {
      const Hamiltonian h{target, metric, splitting("leapfrog"), step, 1000.0};
      NutsTree tree(3, 8);
      PlainNuts plain(potential, metric, step);
      Rng rng(13, "trees");
      PhasePoint z;
      z.resize(3);
      z.q = Vec{{0.5, -0.3, 0.2}};
      z.u = target(z.q, z.g);
      for (int i = 0; i < 100; ++i) {
        CAPTURE(to_text(metric.kind()), step, i);
        refresh_momentum(metric, rng, z);
        Rng same = rng;
        int steps = 0;
        const Vec expected = plain.transition({z.q, z.p}, 8, same, steps);
        Vec divergence;
        const auto done = tree.grow(h, z, divergence, rng);
        REQUIRE(done.n_steps == steps);
        REQUIRE((z.q - expected).norm() < 1e-11);  // 255 steps of rounding
        REQUIRE(rng.state().counter == same.state().counter);
      }
    }
}

TEST_CASE("NUTS stops within the first stretch that turns back", "[solvers][samplers]") {
  // A quarter of the oscillator's period is 16 steps: the path may span at most half a period and
  // the doubling that found it.
  const Target target(AnyPotential(test::Normals{Vec::Ones(1)}), 1.0);
  const Metric metric(InverseMetric::Kind::unit, 1);
  const double step = 1.5707963 / 16.0;
  const Hamiltonian h{target, metric, splitting("leapfrog"), step, 1000.0};
  NutsTree tree(1, 10);
  Rng rng(12, "trees");
  double depths = 0.0;
  for (int i = 0; i < 500; ++i) {
    PhasePoint z;
    z.resize(1);
    z.q[0] = rng.normal();
    z.u = target(z.q, z.g);
    refresh_momentum(metric, rng, z);
    Vec divergence;
    const auto done = tree.grow(h, z, divergence, rng);
    REQUIRE(done.tree_depth <= 6);
    REQUIRE_FALSE(done.reached_max_treedepth);
    depths += static_cast<double>(done.tree_depth);
  }
  CHECK(depths / 500.0 > 3.0);  // 15 steps: less than a quarter of the period
}
