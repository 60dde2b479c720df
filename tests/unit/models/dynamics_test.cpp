// Maps and flows on a potential: tangents, volumes, batches, agreement with PyTorch's optimisers.
#include "support/catch.hpp"
#include "support/malloc_count.hpp"
#include "support/reference_motion.hpp"
#include "support/tanh_rosenbrock.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/models/dynamics/adam.hpp>
#include <thalweg/models/dynamics/damped_momentum.hpp>
#include <thalweg/models/dynamics/gradient_descent.hpp>
#include <thalweg/models/dynamics/gradient_flow.hpp>
#include <thalweg/models/dynamics/heavy_ball.hpp>
#include <thalweg/models/dynamics/high_resolution_flow.hpp>
#include <thalweg/models/dynamics/modified_flow.hpp>
#include <thalweg/models/dynamics/nesterov.hpp>
#include <thalweg/models/dynamics/nesterov_flow.hpp>
#include <thalweg/models/dynamics/principal_flow.hpp>
#include <thalweg/models/dynamics/stochastic_gradient_descent.hpp>
#include <thalweg/models/dynamics/third_derivative.hpp>
#include <thalweg/models/potentials/double_well.hpp>
#include <thalweg/models/potentials/logistic_example.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>
#include <utility>

using namespace thalweg;
using test::iterate;

namespace {

// L(q) = 1/(2n) sum_i |q - x_i|^2 with x_i = (i, i^2): the gradient on a batch is q minus its mean.
struct Scatter {
  Index n = 10;
  [[nodiscard]] Index dim() const { return 2; }
  [[nodiscard]] Index samples() const { return n; }
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const {
    double L = 0.0;
    g.setZero();
    for (const Index i : batch) {
      const auto x = static_cast<double>(i);
      const Eigen::Vector2d d(q[0] - x, q[1] - x * x);
      L += 0.5 * d.squaredNorm();
      g += d;
    }
    g /= static_cast<double>(batch.size());
    return L / static_cast<double>(batch.size());
  }
  [[nodiscard]] double value(In q) const {
    Vec g(2);
    return full(q, g);
  }
  void gradient(In q, Out g) const { full(q, g); }
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Zero(2); }

 private:
  double full(In q, Out g) const {
    std::vector<Index> all(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) all[static_cast<std::size_t>(i)] = i;
    return value_and_gradient(q, all, g);
  }
};

// The logistic example without its exact third derivative.
struct NoThird {
  LogisticExample p{1.7};
  [[nodiscard]] Index dim() const { return 1; }
  [[nodiscard]] double value(In q) const { return p.value(q); }
  void gradient(In q, Out g) const { p.gradient(q, g); }
  void hvp(In q, In v, Out Hv) const { p.hvp(q, v, Hv); }
};

void check_passes(const Motion& motion) {
  for (const auto& row : check_model(motion).rows) {
    INFO(row.what << ": " << row.number << " > " << row.tolerance << " " << row.reason);
    CHECK(row.verdict != Verdict::failed);
  }
}

Mat tangent_matrix(const AnyMap& map, const Vec& x) {
  Mat DF(map.dim(), map.dim());
  map.tangent(x, Mat::Identity(map.dim(), map.dim()), DF, 0);
  return DF;
}

Vec rosenbrock_start(Index dim) {
  Vec x = Vec::Zero(dim);
  x.head(2) << -1.2, 1.0;
  return x;
}

bool same_bits(const Vec& a, const Vec& b) {
  return std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0;
}

}  // namespace

TEST_CASE("every dynamics passes the checks that users run") {
  const AnyPotential valley(Rosenbrock{4, 1.0, 2.0}),
      bowl(Quadratic(Vec::LinSpaced(5, 1.0, 4.0), 5));
  check_passes(GradientFlow{}(valley));
  check_passes(GradientDescent{0.01}(valley));
  check_passes(HeavyBall{0.01, 0.7}(valley));
  check_passes(Nesterov{0.01, 0.7}(valley));
  check_passes(Adam{}(valley));
  check_passes(ModifiedFlow{0.01, 2}(valley));
  check_passes(ModifiedFlow{0.01, 3}(valley));
  check_passes(PrincipalFlow{0.45}(bowl));
  check_passes(StochasticGradientDescent{0.1, 3, 0}(AnyPotential(Scatter{})));
  check_passes(DampedMomentum{}(valley));
  check_passes(NesterovFlow{}(valley));
  check_passes(HighResolutionFlow{}(valley));
  check_passes(HighResolutionFlow{"heavy_ball"}(valley));
}

TEST_CASE("third derivatives by differences are right to ten digits and know their error") {
  const AnyPotential exact(LogisticExample{1.7}), hidden(NoThird{});
  Vec T(1), T_exact(1);
  for (const double at : {-2.0, 0.1, 0.7}) {
    const Vec q = Vec::Constant(1, at), u = Vec::Constant(1, 0.3), v = Vec::Constant(1, -4.0);
    CHECK(third_derivative(exact, q, u, v, T_exact) == 0.0);
    const double estimate = third_derivative(hidden, q, u, v, T);
    // Steps of 0.01: truncation (0.017)^6 / 140, rounding 1e-16 / 0.01 of |H|.
    CHECK(std::abs(T[0] - T_exact[0]) < 1e-11);
    CHECK(std::abs(T[0] - T_exact[0]) <= estimate + 1e-13);
    CHECK(estimate < 1e-6);
  }
}

TEST_CASE("stepping and right-hand sides allocate nothing once warm") {
  const AnyPotential p(Rosenbrock{6, 1.0, 2.0});
  const AnyPotential automatic(AutomaticPotential(test::TanhValley{20}));
  const auto allocations = [](const std::function<void()>& f) {
    f();
    const auto before = test::malloc_count();
    f();
    return test::malloc_count() - before;
  };
  const AnyPotential samples(Scatter{});
  for (const Motion& motion :
       {GradientDescent{}(p), GradientDescent{}(automatic), HeavyBall{}(p), Nesterov{}(p),
        Adam{}(p), StochasticGradientDescent{0.1, 3, 0}(samples)}) {
    const Vec x = Vec::Constant(motion.dim(), 0.3);
    Vec next(motion.dim());
    CHECK(allocations([&] { motion.map()->apply(x, next, 1); }) == 0);
  }
  for (const Motion& motion :
       {GradientFlow{}(p), GradientFlow{}(automatic), ModifiedFlow{0.1, 2}(p),
        ModifiedFlow{0.1, 3}(p), ModifiedFlow{0.1, 3}(automatic), DampedMomentum{}(p),
        DampedMomentum{}(automatic), NesterovFlow{}(p), HighResolutionFlow{}(p),
        HighResolutionFlow{}(automatic),
        PrincipalFlow{0.1}(AnyPotential(Quadratic(Vec::LinSpaced(5, 1.0, 4.0))))}) {
    const Vec x = Vec::Constant(motion.dim(), 0.3);
    Vec f(motion.dim());
    CHECK(allocations([&] { motion.system()->rhs(x, f, 1.0); }) == 0);
  }
}

TEST_CASE("heavy ball shrinks volumes by beta^dim whatever the loss") {
  const double beta = 0.83;
  const AnyMap map = *HeavyBall{0.02, beta}(AnyPotential(Rosenbrock{5, 1.0, 10.0})).map();
  Rng rng(3, "points");
  Vec x(10);
  for (int i = 0; i < 5; ++i) {
    rng.fill_normal(x);
    // The entries of the tangent are below 100: LU keeps 12 digits.
    CHECK(tangent_matrix(map, x).determinant() == Approx(std::pow(beta, 5)).epsilon(1e-12));
  }
}

TEST_CASE("heavy ball and Nesterov take PyTorch's steps") {
  // torch.optim.SGD(lr=1e-4, momentum=0.9), 20 steps in double on Rosenbrock's function.
  const AnyPotential p(Rosenbrock{});
  const Vec ball = iterate(*HeavyBall{1e-4, 0.9}(p).map(), rosenbrock_start(4), 20);
  CHECK(ball[0] == Approx(-1.063027470955983).epsilon(1e-13));
  CHECK(ball[1] == Approx(0.98959844953018827).epsilon(1e-13));
  // With nesterov=True PyTorch stores the look-ahead point y = q + beta v.
  const Vec x = iterate(*Nesterov{1e-4, 0.9}(p).map(), rosenbrock_start(4), 20);
  const Vec y = x.head(2) + 0.9 * x.tail(2);
  CHECK(y[0] == Approx(-1.030953083095004).epsilon(1e-13));
  CHECK(y[1] == Approx(1.0228836314874084).epsilon(1e-13));
}

TEST_CASE("Adam takes PyTorch's steps") {
  // torch.optim.Adam(lr=0.05, betas=(0.8, 0.95), eps=1e-6), 20 steps in double.
  const AnyMap map = *Adam{0.05, 0.8, 0.95, 1e-6}(AnyPotential(Rosenbrock{})).map();
  const Vec x = iterate(map, rosenbrock_start(6), 20);
  CHECK(x[0] == Approx(-1.0269868921751546).epsilon(1e-12));
  CHECK(x[1] == Approx(1.1043427969270017).epsilon(1e-12));
}

TEST_CASE("one epoch of mini batches sees every sample once, in a new order each epoch") {
  // At q = 0 and eta = 1 a step is the mean of the batch; three batches of 3 leave one of 10 out.
  const AnyMap map = *StochasticGradientDescent{1.0, 3, 7}(AnyPotential(Scatter{9})).map();
  Vec next(2), sum = Vec::Zero(2);
  std::vector<double> first_epoch, second_epoch;
  for (Index n = 0; n < 6; ++n) {
    map.apply(Vec::Zero(2), next, n);
    if (n < 3) sum += 3.0 * next;
    (n < 3 ? first_epoch : second_epoch).push_back(next[1]);
  }
  CHECK(sum[0] == Approx(36.0).epsilon(1e-14));   // 0 + 1 + ... + 8
  CHECK(sum[1] == Approx(204.0).epsilon(1e-14));  // and the squares
  CHECK(first_epoch != second_epoch);
}

TEST_CASE("the batch of a step depends on seed and step alone") {
  const AnyPotential p(Scatter{10});
  const AnyMap one = *StochasticGradientDescent{0.3, 3, 7}(p).map();
  const AnyMap again = *StochasticGradientDescent{0.3, 3, 7}(p).map();
  const AnyMap other = *StochasticGradientDescent{0.3, 3, 8}(p).map();
  const Vec x = iterate(one, Vec::Ones(2), 20);
  Vec resumed = iterate(one, Vec::Ones(2), 11), next(2);
  for (Index n = 11; n < 20; ++n) {  // in a fresh object, as after a checkpoint
    again.apply(resumed, next, n);
    resumed = next;
  }
  CHECK(same_bits(x, resumed));
  CHECK_FALSE(same_bits(x, iterate(other, Vec::Ones(2), 20)));
}

TEST_CASE("stochastic gradient descent says what it needs") {
  CHECK_THROWS_WITH(StochasticGradientDescent{}(AnyPotential(DoubleWell{})),
                    Catch::Contains("needs a potential that is a sum over samples"));
  CHECK_THROWS_WITH((StochasticGradientDescent{0.1, 11, 0}(AnyPotential(Scatter{}))),
                    Catch::Contains("batch_size = 11 must not exceed the 10 samples"));
}

TEST_CASE("states with memory start at rest and name their blocks") {
  const AnyMap map = *Adam{}(AnyPotential(Rosenbrock{})).map();
  Rng rng(0, "start");
  const Vec x = *map.initial_state(rng);
  CHECK(x.size() == 6);
  CHECK(x.tail(4).norm() == 0.0);
  const Layout layout = map.layout();
  REQUIRE(layout.size() == 3);
  CHECK(layout[1].name == "moment1_q");
  CHECK(layout[2].offset == 4);
}

TEST_CASE("energies of a second-order motion are recorded beside those of the potential") {
  const AnyPotential p(Rosenbrock{});
  const AnySystem system = *DampedMomentum{.mass = 2.0, .friction = 0.5}(p).system();
  const Vec x{{-1.2, 1.0, 0.3, -0.4}};
  const double L = p.value(x.head(2)), K = 0.25;  // 2 (0.09 + 0.16) / 2
  Vec g(2), f(4);
  p.gradient(x.head(2), g);
  system.rhs(x, f, 0.0);
  const auto before = system.counts();
  const std::map<std::string, double> expected = {
      {"kinetic_energy", K},        {"potential_energy", L}, {"total_energy", K + L},
      {"power", -g.dot(x.tail(2))}, {"dissipation", 0.125},  {"momentum_norm", 1.0}};
  std::size_t found = 0;
  for (const auto& o : system.observables()) {
    Vec out(o.variable.size());
    o.compute(x, 0.0, out);
    if (o.variable.name == "momentum") CHECK(out == 2.0 * x.tail(2));
    if (!expected.contains(o.variable.name)) continue;
    CHECK(out[0] == Approx(expected.at(o.variable.name)).epsilon(1e-14));
    ++found;
  }
  CHECK(found == expected.size());
  CHECK(system.counts().values == before.values);  // looking is not a cost of the run
  CHECK(system.counts().gradients == before.gradients);
  // dE/dt = grad E . x' along the motion, not only by its formula.
  const double rate = g.dot(f.head(2)) + 2.0 * x.tail(2).dot(f.tail(2));
  CHECK(system.energy_rate(x, 0.0) == Approx(rate).epsilon(1e-13));
}

TEST_CASE("energy rates are those of the motion") {
  // By differences along the motion, error h^2.
  const AnyPotential p(Rosenbrock{2, 1.0, 2.0});
  const Vec x{{-1.2, 1.0, 0.3, -0.4}};
  for (const Motion& motion :
       {DampedMomentum{}(p), NesterovFlow{}(p), HighResolutionFlow{"nesterov", 0.04, 0.5}(p),
        HighResolutionFlow{"heavy_ball", 0.04, 0.5}(p)}) {
    const auto& system = *motion.system();
    Vec f(4);
    system.rhs(x, f, 1.5);
    const double h = 1e-5;
    const double rate = (*system.energy(x + h * f) - *system.energy(x - h * f)) / (2.0 * h);
    CHECK(system.energy_rate(x, 1.5) == Approx(rate).epsilon(1e-7));
    CHECK(system.energy_rate(x, 1.5) < 0.0);
  }
}

TEST_CASE("Adam's tangent is the derivative of its step") {
  const AnyPotential potential{Rosenbrock{}};
  const AnyMap map = *Adam{.learning_rate = 0.1}(potential).map();
  // epsilon as large as a gradient, so that R and R + epsilon are two things
  const AnyMap other = *Adam{.learning_rate = 0.1, .epsilon = 50.0}(potential).map();
  const Index d = potential.dim(), n = map.dim();
  Vec x = Vec::LinSpaced(n, 0.3, 0.9);
  x.segment(d, d) *= -1.0;  // m of any sign; s > 0
  for (const auto& [adam, step] : {std::pair(map, Index{0}), {map, 7}, {other, 7}}) {
    Mat DF(n, n);
    adam.tangent(x, Mat::Identity(n, n), DF, step);
    Vec plus(n), minus(n);
    for (Index j = 0; j < n; ++j) {
      const double h = 1e-6;  // error h^2 and 1e-16 / h, of gradients of the size 100
      adam.apply(x + h * Vec::Unit(n, j), plus, step);
      adam.apply(x - h * Vec::Unit(n, j), minus, step);
      const Vec by = (plus - minus) / (2.0 * h);
      CHECK((DF.col(j) - by).norm() < 1e-7 * (1.0 + by.norm()));
    }
  }
  // Nothing has moved yet at a minimum: the step is not differentiable by s, and s has no part.
  Mat DF(n, n);
  Vec rest = Vec::Zero(n);
  rest.head(d).setOnes();
  map.tangent(rest, Mat::Identity(n, n), DF, 0);
  CHECK(DF.allFinite());
}
