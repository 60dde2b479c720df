// What every sampler promises beside its distribution: restarts to the same bits, chains that do
// not know of each other, no allocations, no crash where the model cannot be computed.
#include <support/catch.hpp>
#include <support/malloc_count.hpp>
#include <support/sampler_toys.hpp>

#include <thalweg/core/error.hpp>
#include <thalweg/solvers/catalogue.hpp>

#include <limits>

using namespace thalweg;

namespace {

AnyPotential target() { return AnyPotential(test::Samples{Vec{{-1.0, 0.2, 0.9, 1.7}}, 3}); }

constexpr double infinity = std::numeric_limits<double>::infinity();

// Flat within |q| < 1, and nothing beyond.
struct Box {
  enum class Beyond { infinite, not_a_number, gradient, fails };
  Beyond beyond = Beyond::infinite;
  [[nodiscard]] Index dim() const { return 1; }
  [[nodiscard]] double value(In q) const {
    if (std::abs(q[0]) < 1.0 || beyond == Beyond::gradient) return 0.0;
    if (beyond == Beyond::fails) throw SolveError("no solution there");
    return beyond == Beyond::infinite ? infinity : std::nan("");
  }
  void gradient(In q, Out g) const { g[0] = std::abs(q[0]) < 1.0 ? 0.0 : std::nan(""); }
};

}  // namespace

TEST_CASE("the catalogue's samplers tell what they are", "[solvers][samplers]") {
  CHECK(samplers().names() == std::vector<std::string>{"nuts", "hmc", "replica_exchange", "mala",
                                                       "ula", "baoab", "sgld"});
  for (const auto& [name, make] : test::all_samplers()) {
    const auto sampler = make(target(), 1.0);
    CAPTURE(name);
    CHECK(name.starts_with(sampler->info().name));
    CHECK(sampler->info().adjusted == sampler->info().approximation.empty());
    CHECK_FALSE(sampler->info().description.empty());
  }
}

TEST_CASE("a loaded sampler goes on to the same bits", "[solvers][samplers]") {
  for (const auto& [name, make] : test::all_samplers())
    for (const int saved_after : {0, 10, 57, 93, 100, 110}) {
      CAPTURE(name, saved_after);
      Rng rng(5, "chain");
      const auto first = make(target(), 1.5);
      first->start(Vec::Constant(3, 0.4), 100, rng);
      for (int i = 0; i < saved_after; ++i) first->transition(rng);
      Archive archive;
      first->save(archive, "sampler.");
      Rng same(5, "chain");
      same.restore(rng.state());
      const auto second = make(target(), 1.5);
      second->load(archive, "sampler.");
      CHECK(second->position() == first->position());
      for (int i = 0; i < 60; ++i) {
        const auto a = first->transition(rng), b = second->transition(same);
        REQUIRE(second->position() == first->position());
        REQUIRE(a.lp == b.lp);
        REQUIRE(a.n_gradients == b.n_gradients);
        REQUIRE(a.step_size == b.step_size);
        REQUIRE(first->warming_up() == second->warming_up());
      }
      const auto other = make(AnyPotential(test::Samples{Vec::Ones(4), 2}), 1.0);
      CHECK_THROWS_AS(other->load(archive, "sampler."), IoError);
    }
}

TEST_CASE("a chain does not know of others", "[solvers][samplers]") {
  for (const auto& [name, make] : test::all_samplers()) {
    CAPTURE(name);
    const auto potential = target();
    const auto alone = make(potential, 1.0), beside = make(potential, 1.0),
               other = make(potential, 1.0);
    Rng a(1, "chain 0"), b(1, "chain 0"), c(1, "chain 1");
    alone->start(Vec::Zero(3), 30, a);
    beside->start(Vec::Zero(3), 30, b);
    other->start(Vec::Ones(3), 30, c);
    for (int i = 0; i < 60; ++i) {
      alone->transition(a);
      other->transition(c);
      beside->transition(b);
      REQUIRE(alone->position() == beside->position());
    }
    CHECK(other->position() != beside->position());
  }
}

TEST_CASE("transitions allocate nothing", "[solvers][samplers]") {
  for (const auto& [name, make] : test::all_samplers()) {
    CAPTURE(name);
    Rng rng(2, "chain");
    const auto sampler = make(target(), 1.0);
    sampler->start(Vec::Zero(3), 100, rng);
    for (int i = 0; i < 110; ++i) sampler->transition(rng);
    const auto before = test::malloc_count();
    for (int i = 0; i < 100; ++i) sampler->transition(rng);
    CHECK(test::malloc_count() == before);
  }
}

TEST_CASE("the cost of a transition is what the potential counts", "[solvers][samplers]") {
  for (const auto& [name, make] : test::all_samplers()) {
    CAPTURE(name);
    const auto potential = target();
    Rng rng(2, "chain");
    const auto sampler = make(potential, 1.0);
    sampler->start(Vec::Zero(3), 100, rng);
    const auto before = potential.counts().gradients;
    std::int64_t told = 0;
    for (int i = 0; i < 120; ++i) {
      const auto done = sampler->transition(rng);
      told += done.n_gradients;
      Vec g(3);
      CHECK(done.lp ==
            Approx(-test::Samples(*potential.target<test::Samples>()).value(sampler->position()))
                .epsilon(1e-12));
    }
    CHECK(potential.counts().gradients - before == told);
  }
}

TEST_CASE("what cannot be computed is a divergence, never a draw", "[solvers][samplers]") {
  using Beyond = Box::Beyond;
  for (const auto& [name, make] : test::all_samplers())
    for (const auto beyond :
         {Beyond::infinite, Beyond::not_a_number, Beyond::gradient, Beyond::fails}) {
      if (name == "sgld") continue;  // not a sum over samples
      CAPTURE(name, static_cast<int>(beyond));
      Rng rng(4, "chain");
      const auto sampler = make(AnyPotential(Box{beyond}), 1.0);
      if (name != "ula" && name != "baoab")
        sampler->set_tuning(0.3, [&] {
          auto metric = sampler->inverse_metric();
          return metric;
        }());
      sampler->start(Vec::Constant(1, 0.5), 50, rng);
      int divergences = 0;
      for (int i = 0; i < 300; ++i) {
        const auto done = sampler->transition(rng);
        REQUIRE(std::abs(sampler->position()[0]) < 1.0);
        REQUIRE(done.lp == 0.0);
        divergences += done.diverging ? 1 : 0;
        REQUIRE(done.diverging == (sampler->divergence_position().size() == 1));
        if (done.diverging) REQUIRE(std::abs(sampler->divergence_position()[0]) >= 1.0);
      }
      CHECK(divergences > 10);
      CHECK_THROWS_AS(sampler->start(Vec::Constant(1, 2.0), 0, rng), SolveError);
      CHECK_THROWS_AS(sampler->start(Vec::Zero(2), 0, rng), ModelError);
    }
}

TEST_CASE("a start that cannot be computed says why", "[solvers][samplers]") {
  Rng rng(1, "chain");
  const auto sampler = Nuts{}(AnyPotential(Box{}), 1.0);
  CHECK_THROWS_WITH(sampler->start(Vec::Constant(1, 2.0), 0, rng),
                    Catch::Matchers::Contains("nuts: U = inf at the start must be finite"));
  const auto other = Nuts{}(AnyPotential(Box{Box::Beyond::gradient}), 1.0);
  CHECK_THROWS_WITH(other->start(Vec::Constant(1, 2.0), 0, rng),
                    Catch::Matchers::Contains("(q[0]), = nan must be finite"));
  // Improper: no step is ever too large.
  CHECK_THROWS_WITH(Nuts{}(AnyPotential(test::Normals{Vec::Constant(1, 1e300)}), 1.0)
                        ->start(Vec::Zero(1), 0, rng),
                    Catch::Matchers::Contains("no finite integral"));
}

TEST_CASE("tuning of an earlier run is taken over", "[solvers][samplers]") {
  const AnyPotential potential(test::Normals{Vec{{1.0, 10.0}}});
  for (const auto& [name, make] : test::all_samplers()) {
    if (name == "sgld") continue;
    CAPTURE(name);
    Rng rng(7, "chain");
    const auto first = make(potential, 1.0);
    first->start(Vec::Zero(2), 200, rng);
    for (int i = 0; i < 200; ++i) first->transition(rng);
    REQUIRE_FALSE(first->warming_up());
    const auto second = make(potential, 1.0);
    second->set_tuning(first->step_size(), first->inverse_metric());
    second->start(first->position(), 0, rng);
    CHECK(second->step_size() == Approx(first->step_size()).epsilon(1e-15));
    for (int i = 0; i < 5; ++i) second->transition(rng);
    CHECK(second->step_size() == Approx(first->step_size()).epsilon(1e-15));
    CHECK(second->inverse_metric().diagonal == first->inverse_metric().diagonal);
    CHECK(second->inverse_metric().dense == first->inverse_metric().dense);
  }
  CHECK_THROWS_AS(Nuts{}(potential, 1.0)->set_tuning(-1.0, {}), ConfigError);
}
