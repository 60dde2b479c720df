// Models with known solutions: linear regression, one mode of a two-layer network, deep linear
// networks and their conservation laws.
#include <cmath>
#include <thalweg/core/system.hpp>
#include <thalweg/models/networks/deep_linear.hpp>
#include <thalweg/models/networks/linear_regression.hpp>
#include <thalweg/models/networks/two_layer_scalar.hpp>

#include "support/catch.hpp"
#include "support/datasets.hpp"
#include "support/reference_motion.hpp"

using namespace thalweg;

namespace {

// Gradient flow, written here so that the test leans on the potential alone.
struct Flow {
  AnyPotential potential;
  [[nodiscard]] Index dim() const { return potential.dim(); }
  void rhs(In x, Out dxdt, double) const {
    potential.gradient(x, dxdt);
    dxdt *= -1.0;
  }
};

Vec flow(const AnyPotential& potential, const Vec& start, double t, int steps) {
  return test::integrate(AnySystem(Flow{potential}), start, t, steps);
}

DeepLinear aligned(std::vector<Index> hidden, double strength) {
  DeepLinear deep;
  deep.hidden = std::move(hidden);
  deep.strength = strength;
  deep.prepare();
  return deep;
}

Vec mode_strengths(const DeepLinear& deep, const Vec& q) {
  const auto observables = deep.observables();
  Vec u(observables.back().variable.size());
  observables.back().compute(q, 0.0, u);
  return u;
}

}  // namespace

TEST_CASE("linear regression knows its minimum and its flow", "[models]") {
  LinearRegression model;
  model.factors = {.scale = 1.5, .l2 = GENERATE(0.0, 0.2)};
  model.data.data = test::teacher();
  model.prepare();
  const Vec start = test::normal_vector(model.dim());
  Vec q(model.dim()), g(model.dim());
  REQUIRE(model.exact_flow(start, 2.0, q));
  // RK4 with step 0.005 at rates up to about 5: error below (5 * 0.005)^4 * 10.
  CHECK((flow(AnyPotential(model), start, 2.0, 400) - q).norm() < 1e-6);

  REQUIRE(model.exact_flow(start, 1e6, q));
  CHECK(model.value_and_gradient(q, g) == Approx(*model.minimum_value()).epsilon(1e-14));
  CHECK(g.norm() < 1e-13);
  // Against the loss written out sample by sample.
  const Dataset& data = *model.data.data;
  const Samples error = (data.X * q.head(4) - data.Y).array() + q[4];
  const double loss = 1.5 * error.squaredNorm() / (2.0 * static_cast<double>(data.size())) +
                      0.5 * model.factors.l2 * q.squaredNorm();
  CHECK(loss == Approx(*model.minimum_value()).epsilon(1e-13));
}

TEST_CASE("directions that no sample has stay where they start", "[models]") {
  // Digits have pixels that are always blank; without a bias and unscaled their weights are free.
  Digits digits;
  digits.preparation.scaling = "none";
  LinearRegression model;
  model.bias = false;
  model.data.data = test::make_data(digits);
  model.prepare();
  const Vec start = test::normal_vector(model.dim());
  Vec q(model.dim());
  REQUIRE(model.exact_flow(start, 1e9, q));
  // Round-off of projecting through 64 eigenvectors.
  for (const Index blank : {0, 32, 39})
    for (Index c = 0; c < 10; ++c)
      CHECK(std::abs(q[64 * c + blank] - start[64 * c + blank]) < 1e-12);
}

TEST_CASE("a two-layer mode grows as Saxe's sigmoid", "[models]") {
  // s = 3, u0 = 1e-3: u = s e^(2st) / (e^(2st) - 1 + s/u0).
  const double a0 = std::sqrt(1e-3);
  const struct {
    double t, u;
  } known[] = {{1.0, 0.355712478919}, {1.5, 2.18961160277}, {2.0, 2.94572069862}};
  for (const auto& [t, u] : known) {
    const auto [a, b] = two_layer_mode(3.0, a0, a0, t);
    CHECK(a * b == Approx(u).epsilon(1e-11));  // the digits given
    CHECK(a == Approx(b).epsilon(1e-14));
  }
  const auto [a, b] = two_layer_mode(3.0, a0, a0, 1.33433902979);
  CHECK(a * b == Approx(1.5).epsilon(1e-10));  // half time
}

TEST_CASE("the closed form of a two-layer mode holds for every start", "[models]") {
  const auto [s, a0, b0] = GENERATE(table<double, double, double>({{3.0, 0.5, 0.1},
                                                                   {3.0, -0.4, -0.9},
                                                                   {-2.0, 1.0, 0.3},
                                                                   {1.0, 1.2, -0.2},
                                                                   {0.0, 0.7, 0.7},
                                                                   {0.0, 0.9, -0.4},
                                                                   {2.0, 0.0, 1e-3},
                                                                   {1.0, 1.0, 1.0 - 1e-12},
                                                                   {1.0, 3.0, 2.0}}));
  CAPTURE(s, a0, b0);
  const TwoLayerScalar model{.target = s};
  const Vec start{{a0, b0}};
  Vec q(2);
  REQUIRE(model.exact_flow(start, 1.5, q));
  // RK4 with step 1.5e-4 and rates below 20: error below (20 * 1.5e-4)^4.
  CHECK((flow(AnyPotential(model), start, 1.5, 10000) - q).norm() < 1e-10);
  CHECK((q[0] - q[1]) * (q[0] + q[1]) == Approx((a0 - b0) * (a0 + b0)).epsilon(0.0).margin(1e-13));
  // Far beyond where exp(2 mu t) overflows the valley's floor or the saddle is reached.
  model.exact_flow(start, 1e5, q);
  CHECK(q.allFinite());
  if (s != 0.0) CHECK(q[0] * q[1] == Approx(s).epsilon(1e-12));
}

TEST_CASE("aligned modes of a deep linear network stay apart and follow their closed form",
          "[models]") {
  const DeepLinear deep = aligned({5}, 0.05);  // s = 3, 2, 1
  Rng rng(0, "test");
  const Vec start = deep.initial_state(rng);
  CHECK((mode_strengths(deep, start).array() - 0.05).abs().maxCoeff() < 1e-15);
  Vec q(deep.dim());
  REQUIRE(deep.exact_flow(start, 1.0, q));
  const Vec u = mode_strengths(deep, q);
  for (Index i = 0; i < 3; ++i) {
    const double s = 3.0 - static_cast<double>(i), growth = std::exp(2.0 * s);
    CHECK(u[i] == Approx(s * growth / (growth - 1.0 + s / 0.05)).epsilon(1e-12));
  }
  // RK4 with step 1e-3 at rates up to 6.
  const Vec moved = flow(AnyPotential(deep), start, 1.0, 1000);
  CHECK((moved - q).norm() < 1e-9);

  Vec elsewhere = start;
  elsewhere[0] += 1e-3;
  CHECK_FALSE(deep.exact_flow(elsewhere, 1.0, q));
}

TEST_CASE("balanced modes of depth D follow u' = D u^(2 - 2/D) (s - u)", "[models]") {
  const DeepLinear deep = aligned({3, 4}, 0.2);  // D = 3
  Rng rng(0, "test");
  const Vec start = deep.initial_state(rng);
  struct Mode {
    [[nodiscard]] Index dim() const { return 3; }
    void rhs(In u, Out du, double) const {
      for (Index i = 0; i < 3; ++i)
        du[i] = 3.0 * std::pow(u[i], 4.0 / 3.0) * (3.0 - static_cast<double>(i) - u[i]);
    }
  };
  const Vec expected = test::integrate(AnySystem(Mode{}), Vec::Constant(3, 0.2), 0.5, 2000);
  const Vec u = mode_strengths(deep, flow(AnyPotential(deep), start, 0.5, 2000));
  CHECK((u - expected).cwiseAbs().maxCoeff() < 1e-10);  // RK4, step 2.5e-4, rates up to 20
}

TEST_CASE("gradient flow conserves the imbalance of neighbouring layers", "[models]") {
  // W2^T W2 - W1 W1^T and so on never change (Arora, Cohen and Hazan 2018).
  DeepLinear deep;
  deep.hidden = {4, 5};
  deep.start = "random";
  deep.inputs = "data";
  deep.init = {.name = "lecun"};
  deep.data.data = test::small_iris();
  deep.prepare();
  Rng rng(1, "test");
  const Vec start = deep.initial_state(rng);
  const Vec end = flow(AnyPotential(deep), start, 3.0, 3000);
  const auto layout = deep.layout();
  const auto W = [&](const Vec& q, std::size_t l) {
    const Block& b = layout[l];
    return Eigen::Map<const Samples>(q.data() + b.offset, b.shape[0], b.shape[1]);
  };
  for (std::size_t l = 0; l + 1 < layout.size(); ++l) {
    const auto imbalance = [&](const Vec& q) -> Mat {
      return W(q, l + 1).transpose() * W(q, l + 1) - W(q, l) * W(q, l).transpose();
    };
    // RK4 with step 1e-3 at rates below 30: the drift of a quadratic invariant is below 1e-8.
    CHECK((imbalance(end) - imbalance(start)).norm() < 1e-8);
  }
  CHECK((W(end, 0) - W(start, 0)).norm() > 0.1);  // it did move
}

TEST_CASE("a bottleneck costs the singular values that it loses", "[models]") {
  SECTION("white inputs: the lost mode's s^2/2") {
    DeepLinear deep;
    deep.hidden = {2};
    deep.start = "random";
    deep.init = {.name = "lecun"};
    deep.prepare();
    CHECK(*deep.minimum_value() == Approx(0.5));
    Rng rng(2, "test");
    const Vec end = flow(AnyPotential(deep), deep.initial_state(rng), 40.0, 8000);
    CHECK(deep.value(end) == Approx(0.5).epsilon(1e-9));
  }
  SECTION("data, wide layers: the least squares minimum") {
    DeepLinear deep;
    deep.hidden = {6};
    deep.start = "random";
    deep.inputs = "data";
    deep.data.data = test::small_iris();
    deep.prepare();
    LinearRegression linear;
    linear.bias = false;
    linear.data.data = deep.data.data;
    linear.prepare();
    CHECK(*deep.minimum_value() == Approx(*linear.minimum_value()).epsilon(1e-12));
  }
  SECTION("data, narrow layer: reached by gradient flow") {
    DeepLinear deep;
    deep.hidden = {1};
    deep.start = "random";
    deep.inputs = "data";
    deep.data.data = test::small_iris();
    deep.init = {.name = "lecun"};
    deep.prepare();
    Rng rng(3, "test");
    // The slowest direction of the inputs decays with rate 0.01 or so.
    const Vec end = flow(AnyPotential(deep), deep.initial_state(rng), 3000.0, 60000);
    CHECK(deep.value(end) == Approx(*deep.minimum_value()).epsilon(1e-9));
  }
}
