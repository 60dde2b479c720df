// The adjoint of Runge-Kutta steps: against differences of the discrete map, budgets, bilinear
// invariants, orders.
#include "support/catch.hpp"
#include "support/default_fields.hpp"

#include <cmath>
#include <complex>
#include <thalweg/adjoint/discrete_flow.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/depth/fields/linear.hpp>
#include <thalweg/models/depth/fields/mlp.hpp>
#include <thalweg/numerics/finite_difference.hpp>

using namespace thalweg;

namespace {

Mat random(Index rows, Index cols, const char* stream, double size = 1.0) {
  Rng rng(3, stream);
  Mat A(rows, cols);
  for (Index i = 0; i < A.size(); ++i) A.data()[i] = size * rng.normal();
  return A;
}

// L = sum over the outputs of c . X + |X|^2 / 2.
struct Problem {
  std::shared_ptr<const VectorField> field;
  Index samples;
  std::vector<double> outputs;
  DiscreteFlowOptions options;
  Vec theta;
  Mat A0, c;

  Problem(const MlpField& recipe, Index width, Index n, std::vector<double> at,
          DiscreteFlowOptions o)
      : field(recipe(width)), samples(n), outputs(std::move(at)), options(std::move(o)) {
    theta = random(field->n_parameters(), 1, "theta", 0.4);
    A0 = random(width, n, "start");
    c = random(width, n * static_cast<Index>(outputs.size()), "loss");
  }
  [[nodiscard]] DiscreteFlow flow() const { return {field, samples, 0.0, outputs, options}; }
  [[nodiscard]] Mat zeros() const { return Mat::Zero(c.rows(), c.cols()); }

  // Value and the gradient (A0_bar, theta_bar) as one vector.
  double gradient(DiscreteFlow& f, const Vec& at, const Mat& start, Vec& g) const {
    Mat X = zeros(), X_bar, A0_bar(start.rows(), start.cols());
    f.forward(at, start, X);
    X_bar = c + X;
    Vec theta_bar = Vec::Zero(at.size());
    f.backward(X_bar, A0_bar, theta_bar);
    g.resize(start.size() + at.size());
    g << A0_bar.reshaped(), theta_bar;
    return c.cwiseProduct(X).sum() + 0.5 * X.squaredNorm();
  }
  // The same solve, from a point moved by s along v, with equal steps.
  double value(DiscreteFlow& f, const Vec& v, double s) const {
    Mat X = zeros(), start = A0;
    start.reshaped() += s * v.head(A0.size());
    f.forward(theta + s * v.tail(theta.size()), start, X);
    return c.cwiseProduct(X).sum() + 0.5 * X.squaredNorm();
  }
};

}  // namespace

TEST_CASE("the discrete adjoint is the derivative of the discrete map", "[adjoint]") {
  const MlpField tanh_cubed{.hidden = {7}, .input = "cubic"};
  const MlpField deep{.hidden = {9, 4, 6}, .activation = "gelu", .depth_input = true};
  const std::vector<double> inside = {0.0, 0.1, 0.31, 0.7, 1.0};
  for (const auto& recipe : {tanh_cubed, deep})
    for (const char* method : {"euler", "midpoint", "heun2", "rk4", "dopri5"}) {
      CAPTURE(method, recipe.activation);
      const Problem p(recipe, 3, 5, inside, {.method = method, .steps = 6});
      auto f = p.flow();
      Vec g;
      p.gradient(f, p.theta, p.A0, g);
      const Vec v = random(g.size(), 1, "direction").normalized();
      const auto d = difference([&](double s, Out out) { out[0] = p.value(f, v, s); }, 1, 0.1);
      CHECK(std::abs(g.dot(v) - d.value[0]) < 1e-9 * std::abs(d.value[0]) + 10.0 * d.error);
      CHECK(d.error < 1e-10 * std::abs(d.value[0]));
    }
}

TEST_CASE("the discrete adjoint is the complex-step derivative to rounding", "[adjoint]") {
  // rk4 on f = W2 tanh(W1 a + b1) + b2 written out for complex numbers; x + i 1e-200 v has the
  // derivative along v, without cancellation, as its imaginary part (Squire and Trapp 1998).
  using Complex = std::complex<double>;
  const Index d = 3, h = 7, N = 6;
  const Problem p(MlpField{.hidden = {h}}, d, 1, {1.0}, {.method = "rk4", .steps = N});
  auto f = p.flow();
  Vec g;
  p.gradient(f, p.theta, p.A0, g);
  for (Index entry = 0; entry < g.size(); entry += 4) {
    std::vector<Complex> q(static_cast<std::size_t>(g.size()));
    for (Index i = 0; i < g.size(); ++i)
      q[static_cast<std::size_t>(i)] = {i < d ? p.A0(i) : p.theta[i - d],
                                        i == entry ? 1e-200 : 0.0};
    const Complex* const W1 = q.data() + d;
    const auto rhs = [&](const std::vector<Complex>& a) {
      std::vector<Complex> out(d);
      for (Index i = 0; i < d; ++i) out[i] = W1[h * d + h + d * h + i];
      for (Index k = 0; k < h; ++k) {
        Complex z = W1[h * d + k];
        for (Index j = 0; j < d; ++j) z += W1[k * d + j] * a[j];
        for (Index i = 0; i < d; ++i) out[i] += W1[h * d + h + i * h + k] * std::tanh(z);
      }
      return out;
    };
    std::vector<Complex> a(q.begin(), q.begin() + d);
    const double dt = 1.0 / N;
    const auto moved = [&](const std::vector<Complex>& k, double s) {
      auto b = a;
      for (Index i = 0; i < d; ++i) b[i] += s * k[i];
      return b;
    };
    for (Index n = 0; n < N; ++n) {
      const auto k1 = rhs(a), k2 = rhs(moved(k1, dt / 2)), k3 = rhs(moved(k2, dt / 2)),
                 k4 = rhs(moved(k3, dt));
      for (Index i = 0; i < d; ++i) a[i] += dt / 6 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
    }
    Complex L = 0.0;
    for (Index i = 0; i < d; ++i) L += p.c(i, 0) * a[i] + 0.5 * a[i] * a[i];
    CHECK(std::abs(g[entry] - L.imag() / 1e-200) < 1e-12 * g.norm());
  }
}

TEST_CASE("adaptive steps that are frozen make a map with that derivative", "[adjoint]") {
  const std::vector<double> outputs = {0.0, 0.1, 0.31, 0.7, 1.0};
  const DiscreteFlowOptions options{.method = "dopri5", .rtol = 1e-7, .atol = 1e-9};
  const Problem p(MlpField{.hidden = {9, 4}, .activation = "gelu", .depth_input = true}, 3, 5,
                  outputs, options);
  auto f = p.flow();
  Vec g, again;
  p.gradient(f, p.theta, p.A0, g);
  REQUIRE(f.cost().steps > 4);
  const auto steps = f.depths();
  Mat X = p.zeros(), other = p.zeros();
  f.forward(p.theta, p.A0, X);
  f.forward_frozen(p.theta, p.A0, other);
  CHECK(other == X);
  const Vec v = random(g.size(), 1, "direction").normalized();
  const auto value = [&](double s) {
    Mat start = p.A0;
    start.reshaped() += s * v.head(p.A0.size());
    f.forward_frozen(p.theta + s * v.tail(p.theta.size()), start, X);
    return p.c.cwiseProduct(X).sum() + 0.5 * X.squaredNorm();
  };
  const auto d = difference([&](double s, Out out) { out[0] = value(s); }, 1, 0.1);
  CHECK(f.depths() == steps);
  CHECK(std::abs(g.dot(v) - d.value[0]) < 1e-9 * std::abs(d.value[0]));
  CHECK(d.error < 1e-10 * std::abs(d.value[0]));
  // Backwards from another point along the same steps: differences of the same map there.
  const double e = 0.02;
  value(e);
  const Mat X_bar = p.c + X;
  Mat A0_bar(3, 5);
  Vec theta_bar = Vec::Zero(p.theta.size());
  f.backward(X_bar, A0_bar, theta_bar);
  const auto there = difference([&](double s, Out out) { out[0] = value(e + s); }, 1, 0.1);
  CHECK(std::abs(A0_bar.reshaped().dot(v.head(15)) + theta_bar.dot(v.tail(theta_bar.size())) -
                 there.value[0]) < 1e-9 * std::abs(there.value[0]));
  // A point that cannot be solved does not lose them.
  CHECK_THROWS_AS(f.forward_frozen(1e200 * p.theta, 1e200 * p.A0, X), SolveError);
  CHECK(f.depths() == steps);
  CHECK_NOTHROW(f.forward_frozen(p.theta, p.A0, X));
  auto fresh = p.flow();
  CHECK_THROWS_WITH(fresh.forward_frozen(p.theta, p.A0, X),
                    Catch::Matchers::Contains("no steps to repeat"));
}

TEST_CASE("the adjoint of adaptive steps is the complex-step derivative to rounding", "[adjoint]") {
  // dopri5 from its table, written out for complex numbers, with the depths that were accepted and
  // outputs inside the steps.
  using Complex = std::complex<double>;
  using State = Eigen::VectorXcd;
  const Index d = 3, h = 7;
  const std::vector<double> outputs = {0.1, 0.31, 0.7, 1.0};
  const Problem p(MlpField{.hidden = {h}}, d, 1, outputs,
                  {.method = "dopri5", .rtol = 1e-6, .atol = 1e-8});
  auto f = p.flow();
  Vec g;
  p.gradient(f, p.theta, p.A0, g);
  const auto& z = f.depths();
  REQUIRE(z.size() > 3);
  const Tableau& t = tableau("dopri5");
  for (Index entry = 0; entry < g.size(); entry += 4) {
    State q(g.size());
    q << p.A0.col(0).cast<Complex>(), p.theta.cast<Complex>();
    q[entry] += Complex(0.0, 1e-200);
    using Rows = Eigen::Matrix<Complex, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::Map<const Rows> W1(q.data() + d, h, d), W2(q.data() + d + h * d + h, d, h);
    const auto rhs = [&](const State& a) -> State {
      const State u = W1 * a + q.segment(d + h * d, h);
      return W2 * u.array().tanh().matrix() + q.tail(d);
    };
    State a = q.head(d);
    Complex L = 0.0;
    std::size_t m = 0;
    for (std::size_t n = 0; n + 1 < z.size(); ++n) {
      const double step = z[n + 1] - z[n];
      std::vector<State> k;
      State moved = a;
      for (Index i = 0; i <= t.stages; ++i) {
        moved = a;
        for (Index j = 0; j < std::min(i, t.stages); ++j)
          moved += step * t.A(i, j) * k[static_cast<std::size_t>(j)];
        k.push_back(rhs(moved));
      }
      for (; m < outputs.size() && outputs[m] <= z[n + 1]; ++m) {
        State x = a;
        const double sigma = (outputs[m] - z[n]) / step;
        for (Index i = 0; i <= t.stages; ++i)
          x += step * t.weight(i, sigma) * k[static_cast<std::size_t>(i)];
        for (Index i = 0; i < d; ++i) L += p.c(i, static_cast<Index>(m)) * x[i] + 0.5 * x[i] * x[i];
      }
      a = moved;
    }
    CHECK(m == outputs.size());
    CHECK(std::abs(g[entry] - L.imag() / 1e-200) < 1e-12 * g.norm());
  }
}

TEST_CASE("a checkpoint budget changes no bit and repeats no more than the binomial bound",
          "[adjoint]") {
  const Index N = 60;
  const std::vector<double> outputs = {0.2, 0.77, 1.0};
  const MlpField recipe{.hidden = {7}};
  for (const bool adaptive : {false, true}) {
    DiscreteFlowOptions options{.method = "dopri5", .rtol = 1e-10, .atol = 1e-12};
    if (!adaptive) options.steps = N;
    const Problem all(recipe, 3, 5, outputs, options);
    auto f = all.flow();
    Vec g, again;
    all.gradient(f, all.theta, all.A0, g);
    CHECK(f.cost().repeated_steps == 0);
    const double steps = static_cast<double>(f.cost().steps);
    for (const Index c : {1, 2, 3, 5, 8, 20}) {
      options.budget = static_cast<std::size_t>(c + 1) * 15 * sizeof(double);
      auto within = Problem(recipe, 3, 5, outputs, options).flow();
      CAPTURE(adaptive, c, steps);
      for (int repeat = 0; repeat < 2; ++repeat) {
        all.gradient(within, all.theta, all.A0, again);
        CHECK(again == g);
        CHECK(within.cost().bytes <= *options.budget);
        double reach = 1.0, r = 0.0;  // C(c + r, r)
        while (reach < steps) {
          r += 1.0;
          reach *= (static_cast<double>(c) + r) / r;
        }
        CHECK(static_cast<double>(within.cost().repeated_steps) <= r * steps);
      }
    }
  }
}

TEST_CASE("tangents and adjoints are dual, and their product is constant in depth", "[adjoint]") {
  const MlpField recipe{.hidden = {7}, .depth_input = true};
  for (const bool adaptive : {false, true}) {
    DiscreteFlowOptions options{.method = "dopri5"};
    if (!adaptive) options = {.method = "rk4", .steps = 8};
    const Problem p(recipe, 3, 5, {0.0, 0.3, 0.9, 1.0}, options);
    auto f = p.flow();
    Vec g;
    p.gradient(f, p.theta, p.A0, g);
    Mat X = p.zeros(), dX = p.zeros();
    f.forward(p.theta, p.A0, X);
    const Vec v = random(g.size(), 1, "direction");
    f.forward_tangent(v.tail(p.theta.size()), v.head(15).reshaped(3, 5), dX);
    CHECK(std::abs(g.dot(v) - (p.c + X).cwiseProduct(dX).sum()) < 1e-13 * g.norm() * v.norm());
  }

  // delta(z_m) from a solve that starts at node m, along the tangent of the whole solve.
  const Index N = 8;
  std::vector<double> nodes;
  for (Index n = 0; n <= N; ++n) nodes.push_back(static_cast<double>(n) / N);
  const Problem p(recipe, 3, 5, nodes, {.method = "rk4", .steps = N});
  auto f = p.flow();
  Mat X = p.zeros(), dX = p.zeros();
  f.forward(p.theta, p.A0, X);
  const Mat dA0 = random(3, 5, "tangent"), delta = random(3, 5, "delta");
  f.forward_tangent(Vec::Zero(p.theta.size()), dA0, dX);
  const double product = delta.cwiseProduct(dX.rightCols(5)).sum();
  for (Index m = 0; m < N; ++m) {
    DiscreteFlow rest(p.field, 5, nodes[static_cast<std::size_t>(m)], {1.0},
                      {.method = "rk4", .steps = N - m});
    Mat end(3, 5), back(3, 5);
    Vec unused = Vec::Zero(p.theta.size());
    rest.forward(p.theta, X.middleCols(5 * m, 5), end);
    rest.backward(delta, back, unused);
    CHECK(std::abs(back.cwiseProduct(dX.middleCols(5 * m, 5)).sum() - product) <
          1e-10 * std::abs(product));
  }
}

TEST_CASE("Hessian products through the solver", "[adjoint]") {
  const MlpField tanh_cubed{.hidden = {7}, .input = "cubic"};
  const MlpField deep{.hidden = {4, 6}, .activation = "softplus", .depth_input = true};
  for (const auto& recipe : {tanh_cubed, deep}) {
    DiscreteFlowOptions options{.method = "rk4", .steps = 6};
    const Problem p(recipe, 3, 5, {0.3, 0.8, 1.0}, options);
    auto f = p.flow();
    // H = dg along v, with dL/dX = c + X, so that its tangent is dX.
    const auto hessian = [&](DiscreteFlow& flow, const Vec& v) {
      Mat X = p.zeros(), dX = p.zeros(), dA0_bar(3, 5);
      flow.forward(p.theta, p.A0, X);
      flow.forward_tangent(v.tail(p.theta.size()), v.head(15).reshaped(3, 5), dX);
      Vec dtheta_bar = Vec::Zero(p.theta.size());
      flow.backward_tangent(p.c + X, dX, dA0_bar, dtheta_bar);
      Vec Hv(v.size());
      Hv << dA0_bar.reshaped(), dtheta_bar;
      return Hv;
    };
    const Vec v = random(15 + p.theta.size(), 1, "v").normalized(),
              u = random(v.size(), 1, "u").normalized();
    const Vec Hv = hessian(f, v), Hu = hessian(f, u);
    CHECK(std::abs(u.dot(Hv) - v.dot(Hu)) < 1e-13 * u.norm() * Hv.norm());
    const auto d = difference(
        [&](double s, Out out) {
          Vec g;
          Mat start = p.A0;
          start.reshaped() += s * v.head(15);
          p.gradient(f, p.theta + s * v.tail(p.theta.size()), start, g);
          out = g;
        },
        v.size(), 0.1);
    CHECK((Hv - d.value).norm() < 1e-9 * Hv.norm() + 10.0 * d.error);
    CHECK(d.error < 1e-8 * Hv.norm());
    options.budget = 2 * 2 * 15 * sizeof(double);  // two states with their tangents
    DiscreteFlow within(p.field, 5, 0.0, {0.3, 0.8, 1.0}, options);
    CHECK(hessian(within, v) == Hv);

    // J' w after a tangent is J' w without one.
    Mat X = p.zeros(), dX = p.zeros(), A0_bar(3, 5), beside(3, 5);
    const Mat w = random(3, X.cols(), "w");
    for (DiscreteFlow* flow : {&f, &within}) {
      Vec theta_bar = Vec::Zero(p.theta.size()), other = theta_bar;
      flow->forward(p.theta, p.A0, X);
      flow->forward_tangent(v.tail(p.theta.size()), v.head(15).reshaped(3, 5), dX);
      flow->backward_linear(w, beside, other);
      flow->backward(w, A0_bar, theta_bar);
      CHECK(beside == A0_bar);
      CHECK(other == theta_bar);
    }
  }
}

TEST_CASE("gradients converge with the order of the method", "[adjoint]") {
  // Against the finest; outputs at the end and, by dense output, inside.
  const MlpField recipe{.hidden = {7}};
  const auto gradient = [&](const char* method, Index steps, std::vector<double> outputs) {
    const Problem p(recipe, 3, 2, std::move(outputs), {.method = method, .steps = steps});
    auto f = p.flow();
    Vec g;
    p.gradient(f, p.theta, p.A0, g);
    return g;
  };
  // A third of the way: two thirds of a step, then one third, where the interpolants err alike.
  const std::vector<double> inside = {1.0 / 3.0, 1.0};
  const Vec exact = gradient("dopri5", 400, {1.0}), exact_inside = gradient("dopri5", 400, inside);
  const auto order = [&](const char* method, Index steps, const std::vector<double>& at,
                         const Vec& reference) {
    return std::log2((gradient(method, steps, at) - reference).norm() /
                     (gradient(method, 2 * steps, at) - reference).norm());
  };
  // 0.15: what is left of the next order at these steps.
  CHECK(std::abs(order("euler", 160, {1.0}, exact) - 1.0) < 0.15);
  CHECK(std::abs(order("midpoint", 40, {1.0}, exact) - 2.0) < 0.15);
  CHECK(std::abs(order("heun2", 40, {1.0}, exact) - 2.0) < 0.15);
  CHECK(std::abs(order("rk4", 20, {1.0}, exact) - 4.0) < 0.15);
  CHECK(order("dopri5", 10, {1.0}, exact) > 4.7);
  CHECK(order("rk4", 20, inside, exact_inside) > 3.7);
  CHECK(order("dopri5", 10, inside, exact_inside) > 3.7);
}

TEST_CASE("a solve in depth that cannot be done says so", "[adjoint]") {
  const auto field = MlpField{.hidden = {5}, .input = "cubic"}(2);
  Vec theta = random(field->n_parameters(), 1, "theta", 100.0);
  const Mat A0 = Mat::Constant(2, 1, 50.0);
  Mat X(2, 1);
  using Catch::Matchers::Contains;
  DiscreteFlow coarse(field, 1, 0.0, {1.0}, {.method = "dopri5", .max_steps = 3});
  CHECK_THROWS_WITH(coarse.forward(theta, A0, X), Contains("max_steps = 3 steps do not reach"));
  theta[0] = std::nan("");
  DiscreteFlow fixed(field, 1, 0.0, {1.0}, {.method = "rk4", .steps = 3});
  CHECK_THROWS_WITH(fixed.forward(theta, A0, X), Contains("rk4 in depth: the state is not finite"));
  CHECK_THROWS_WITH(coarse.forward(theta, A0, X), Contains("the start is not finite"));
  CHECK_THROWS_WITH(DiscreteFlow(field, 1, 0.0, {1.0}, {.method = "rk4"}),
                    Contains("no error estimate"));
  CHECK_THROWS_WITH(DiscreteFlow(field, 8, 0.0, {1.0}, {.steps = 3, .budget = 100}),
                    Contains("budget of 100 bytes is too small"));
  CHECK_THROWS_WITH(DiscreteFlow(field, 1, 0.0, {1.0, 0.5}, {.steps = 3}), Contains("ascend"));
}
