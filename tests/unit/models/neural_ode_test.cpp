// Networks of continuous depth: against PyTorch, under every adjoint, and what they refuse.
#include "support/catch.hpp"
#include "support/default_fields.hpp"

#include <cmath>
#include <map>
#include <numeric>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/io/table_reader.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/datasets/trajectories.hpp>
#include <thalweg/models/depth/adjoints/discrete.hpp>
#include <thalweg/models/depth/depth_network.hpp>
#include <thalweg/models/depth/fields/mlp.hpp>
#include <thalweg/numerics/finite_difference.hpp>

using namespace thalweg;

namespace {

DiscreteAdjoint rk4(Index steps) {
  DiscreteAdjoint a;
  a.method = "rk4";
  a.steps = steps;
  return a;
}

// The tasks of tests/peers/pytorch_neural_ode.py.
std::shared_ptr<const Dataset> waves() {
  auto data = std::make_shared<Dataset>();
  data->name = "waves";
  data->series = true;
  data->X = Samples(12, 1);
  data->Y = Samples(12, 2);
  for (Index i = 0; i < 12; ++i) {
    const double t = data->X(i, 0) = static_cast<double>(i) / 10.0;
    data->Y.row(i) << std::cos(t), std::sin(2.0 * t);
  }
  return data;
}

DepthNetwork::Options series_options(const FlowRecipe& adjoint) {
  MlpField field;
  field.hidden = {6};
  field.input = "cubic";
  DepthNetwork::Options o;
  o.series = true;
  o.window = 5;
  o.field = field;
  o.adjoint = adjoint;
  return o;
}

std::shared_ptr<const Dataset> points() {
  auto data = std::make_shared<Dataset>();
  data->name = "points";
  data->X = Samples(9, 2);
  std::vector<int> labels;
  for (int i = 0; i < 9; ++i) {
    data->X.row(i) << std::cos(i), std::sin(1.5 * i);
    labels.push_back(i % 3);
  }
  set_labels(*data, labels, {"a", "b", "c"});
  return data;
}

DepthNetwork::Options class_options(const FlowRecipe& adjoint) {
  MlpField field;
  field.hidden = {5, 4};
  field.activation = "gelu";
  field.depth_input = true;
  DepthNetwork::Options o;
  o.augment = 1;
  o.depth = 2.0;
  o.factors.l2 = 0.01;
  o.field = field;
  o.adjoint = adjoint;
  return o;
}

Vec cosines(Index n, double size, double frequency) {
  Vec q(n);
  for (Index i = 0; i < n; ++i) q[i] = size * std::cos(frequency * static_cast<double>(i));
  return q;
}

}  // namespace

TEST_CASE("the loss of a neural ODE and its two derivatives are PyTorch's", "[models][peer]") {
  const Table table =
      read_table(std::string(THALWEG_SOURCE_DIR) + "/data/reference/pytorch_neural_ode.csv");
  const DepthNetwork networks[] = {{waves(), series_options(rk4(8))},
                                   {points(), class_options(rk4(4))}};
  std::map<int, Index> seen;
  Vec g, Hv;
  for (Index r = 0; r < table.rows; ++r) {
    const double* row = table.values.data() + 4 * r;
    const auto task = static_cast<int>(row[0]);
    const auto index = static_cast<Index>(row[1]);
    const DepthNetwork& n = networks[task];
    if (index < 0) {
      const Vec q = cosines(n.dim(), 0.4, 1.7);
      g.resize(n.dim());
      Hv.resize(n.dim());
      CHECK(std::abs(n.value_and_gradient(q, g) - row[2]) < 1e-14 * row[2]);
      CHECK(std::abs(n.value(q) - row[2]) < 1e-14 * row[2]);
      n.hvp(q, cosines(n.dim(), 1.0, 0.3), Hv);
      continue;
    }
    // A hundred operations in another order.
    CHECK(std::abs(g[index] - row[2]) < 1e-14 * g.norm());
    CHECK(std::abs(Hv[index] - row[3]) < 1e-14 * Hv.norm());
    ++seen[task];
  }
  CHECK(seen[0] == networks[0].dim());
  CHECK(seen[1] == networks[1].dim());
}

TEST_CASE("neural ODEs pass the checks that users run", "[models]") {
  CheckpointedAdjoint within;
  within.method = "dopri5";
  within.steps = 5;
  within.budget = 4 * 9 * 3 * sizeof(double);  // two states with their tangents
  struct Potential {
    std::shared_ptr<const DepthNetwork> n;
    Index dim() const { return n->dim(); }
    double value(In q) const { return n->value(q); }
    void gradient(In q, Out g) const { n->value_and_gradient(q, g); }
    double value_and_gradient(In q, Out g) const { return n->value_and_gradient(q, g); }
    double value_and_gradient(In q, std::span<const Index> batch, Out g) const {
      return n->value_and_gradient(q, batch, g);
    }
    void hvp(In q, In v, Out Hv) const { n->hvp(q, v, Hv); }
    std::unique_ptr<Curvature> at(In q) const { return n->at(q); }
    Index samples() const { return n->samples(); }
    Layout layout() const { return n->layout(); }
    Vec initial_state(Rng& rng) const { return n->initial_state(rng); }
  };
  for (const auto& n : {std::make_shared<const DepthNetwork>(waves(), series_options(rk4(8))),
                        std::make_shared<const DepthNetwork>(points(), class_options(within))})
    for (const auto& row : check_model(AnyPotential(Potential{n})).rows) {
      INFO(row.what << ": " << row.number << " > " << row.tolerance << " " << row.reason);
      CHECK(row.verdict != Verdict::failed);
    }
}

TEST_CASE("Gauss-Newton and Fisher matrices of a neural ODE are what they are defined as",
          "[models]") {
  // v' C v from the Jacobian of the outputs along v, by differences of solves of single samples.
  const auto jacobian = [](const DepthNetwork& n, const Vec& start, const Vec& q, const Vec& v) {
    const auto d = difference(
        [&](double s, Out out) { out = n.trajectory(q + s * v, start, n.depths()).reshaped(); },
        n.loss().outputs() * n.outputs(), 0.1);
    REQUIRE(d.error < 1e-9 * d.value.norm());
    return Mat(d.value.reshaped(n.loss().outputs(), n.outputs()));
  };
  const auto quadratic = [](const DepthNetwork& n, CurvatureKind kind, const Vec& q, const Vec& v) {
    Vec Cv(n.dim());
    n.curvature(q, kind)->hvp(v, Cv);
    const Vec u = cosines(n.dim(), 1.0, 0.9);
    Vec Cu(n.dim());
    n.curvature(q, kind)->hvp(u, Cu);
    CHECK(std::abs(u.dot(Cv) - v.dot(Cu)) < 1e-12 * Cv.norm() * u.norm());
    return v.dot(Cv);
  };
  {
    auto options = series_options(rk4(8));
    options.factors.l2 = 0.02;
    options.factors.scale = 3.0;
    const auto data = waves();
    const DepthNetwork n(data, options);
    const Vec q = cosines(n.dim(), 0.4, 1.7), v = cosines(n.dim(), 1.0, 0.3);
    double newton = 0.0, empirical = 0.0;
    for (Index s = 0; s < n.samples(); ++s) {
      const Vec start = data->Y.row(s).transpose();
      const Mat J = jacobian(n, start, q, v), F = n.trajectory(q, start, n.depths());
      newton += J.squaredNorm();
      for (Index m = 0; m < n.outputs(); ++m)
        empirical += std::pow((F.col(m) - data->Y.row(s + m).transpose()).dot(J.col(m)), 2);
    }
    const double factor = 3.0 / static_cast<double>(n.samples() * n.outputs());
    const double l2 = 0.02 * v.squaredNorm();
    CHECK(quadratic(n, CurvatureKind::gauss_newton, q, v) ==
          Approx(factor * newton + l2).epsilon(1e-8));
    CHECK(quadratic(n, CurvatureKind::fisher, q, v) == Approx(factor * newton).epsilon(1e-8));
    CHECK(quadratic(n, CurvatureKind::empirical_fisher, q, v) ==
          Approx(factor * empirical).epsilon(1e-8));
  }
  const auto data = points();
  const DepthNetwork n(data, class_options(rk4(4)));
  const Vec q = cosines(n.dim(), 0.4, 1.7), v = cosines(n.dim(), 1.0, 0.3);
  double fisher = 0.0, empirical = 0.0;  // E_y of (d log p(y) / dq . v)^2 over the classes
  for (Index s = 0; s < n.samples(); ++s) {
    const Vec start = data->X.row(s).transpose();
    const Vec J = jacobian(n, start, q, v).col(0), f = n.trajectory(q, start, n.depths()).col(0);
    const Vec p = f.array().exp() / f.array().exp().sum();
    for (Index y = 0; y < 3; ++y) {
      const double slope = J[y] - p.dot(J);
      fisher += p[y] * slope * slope;
      if (y == data->labels[static_cast<std::size_t>(s)]) empirical += slope * slope;
    }
  }
  CHECK(quadratic(n, CurvatureKind::fisher, q, v) == Approx(fisher / 9.0).epsilon(1e-8));
  CHECK(quadratic(n, CurvatureKind::empirical_fisher, q, v) ==
        Approx(empirical / 9.0).epsilon(1e-8));
  CHECK(quadratic(n, CurvatureKind::gauss_newton, q, v) ==
        Approx(fisher / 9.0 + 0.01 * v.squaredNorm()).epsilon(1e-8));
}

TEST_CASE("the gradient of a neural ODE is that of its loss with frozen steps", "[models]") {
  DiscreteAdjoint adaptive;
  adaptive.rtol = 1e-5;
  for (const auto& n : {std::make_shared<const DepthNetwork>(waves(), series_options(adaptive)),
                        std::make_shared<const DepthNetwork>(points(), class_options(adaptive))}) {
    const Vec q = cosines(n->dim(), 0.4, 1.7), v = cosines(n->dim(), 1.0, 0.3).normalized();
    Vec g(n->dim());
    const double value = n->value_and_gradient(q, g);
    const auto frozen = n->with_steps_of(q);
    CHECK(frozen(q) == value);
    const auto d = difference([&](double s, Out out) { out[0] = frozen(q + s * v); }, 1, 0.1);
    CHECK(std::abs(g.dot(v) - d.value[0]) < 1e-9 * std::abs(d.value[0]));
  }
}

TEST_CASE("outputs over a plane of inputs are those of single solves", "[models]") {
  const DepthNetwork n(points(), class_options(rk4(4)));
  const Vec q = cosines(n.dim(), 0.4, 1.7);
  Samples X(2 * 9 + 4, 2);  // two whole blocks and a part of one
  for (int i = 0; i < 22; ++i) X.row(i) << std::sin(2.0 * i), std::cos(0.7 * i);
  Samples F(X.rows(), 3);
  n.outputs(q, X, {F.data(), F.rows(), F.cols()});
  for (Index i = 0; i < X.rows(); ++i)
    CHECK((F.row(i).transpose() - n.trajectory(q, X.row(i).transpose(), {2.0})).norm() < 1e-13);

  const auto config = Config::from_text(
      "depth = 0.5\naugment = 1\n[field]\nhidden = [4]\n[data]\nname = \"rings\"\nsamples = 40\n",
      "test");
  ConfigReader reader(config);
  const auto rings = *models().at("neural_ode").make(reader).potential();
  Rng rng(3, "start");
  Vec start = *rings.initial_state(rng);
  start.head(start.size() - 8).setZero();  // the field: a stays (x, 0), so that y = R (x, 0) + r
  for (const auto& o : rings.observables()) {
    if (o.variable.name != "decision") continue;
    Vec out(o.variable.size());
    o.compute(start, 0.0, out);
    const auto& up = o.variable.axes[0].values;
    const auto& across = o.variable.axes[1].values;
    const Vec w = start.segment(start.size() - 5, 3) - start.segment(start.size() - 8, 3);
    const auto columns = static_cast<Index>(across.size());
    for (const Index i : {0, 17, 63})
      for (const Index j : {0, 40, 63})
        CHECK(std::abs(out[i * columns + j] - w[0] * across[static_cast<std::size_t>(j)] -
                       w[1] * up[static_cast<std::size_t>(i)] - start[start.size() - 1] +
                       start[start.size() - 2]) < 1e-13);
    return;
  }
  FAIL("no decision");
}

TEST_CASE("a neural ODE gives the same bits on any number of threads", "[models]") {
  CubicSpiral source;
  source.samples = 200;
  const auto spiral = std::make_shared<const Dataset>(static_cast<Dataset>(source));
  const DepthNetwork n(spiral, series_options(DiscreteAdjoint{}));
  REQUIRE(n.samples() == 196);  // more than three blocks
  const Vec q = cosines(n.dim(), 0.2, 1.7);
  Vec one(n.dim()), two(n.dim()), H1(n.dim()), H2(n.dim());
  set_threads(1);
  n.value_and_gradient(q, one);
  n.hvp(q, q, H1);
  set_threads(2);
  n.value_and_gradient(q, two);
  n.hvp(q, q, H2);
  CHECK(one == two);
  CHECK(H1 == H2);
}

TEST_CASE("the cubic spiral is the solution of its equation", "[models]") {
  const auto data = static_cast<Dataset>(CubicSpiral{});
  // scipy.integrate.solve_ivp, DOP853, rtol 1e-13, atol 1e-14.
  CHECK((data.Y.row(100) - Eigen::RowVector2d(-1.1899185306468916, 0.39427620741678354)).norm() <
        1e-10);
  CHECK((data.Y.row(500) - Eigen::RowVector2d(-0.6315560752438769, -0.21428302057526724)).norm() <
        1e-10);
  CHECK((data.Y.row(999) - Eigen::RowVector2d(-0.4436234866986915, -0.27944064161876475)).norm() <
        1e-10);
}

TEST_CASE("a neural ODE refuses what does not fit, in words", "[models]") {
  using Catch::Matchers::Contains;
  const auto with = [](auto change) {
    auto o = series_options(rk4(8));
    change(o);
    return o;
  };
  CHECK_THROWS_WITH(DepthNetwork(waves(), with([](auto& o) { o.window = 1; })),
                    Contains("window = 1 must be between 2 and the 12 times"));
  CHECK_THROWS_WITH(DepthNetwork(waves(), with([](auto& o) { o.loss = "cross_entropy"; })),
                    Contains("needs classes"));
  CHECK_THROWS_WITH(DepthNetwork(points(), with([](auto&) {})), Contains("time as the only input"));
  auto uneven = std::make_shared<Dataset>(*waves());
  uneven->X(3, 0) += 0.01;
  CHECK_THROWS_WITH(DepthNetwork(uneven, with([](auto&) {})), Contains("must ascend evenly"));
  auto narrow = class_options(rk4(4));
  narrow.readout = "none";
  narrow.augment = 0;
  CHECK_THROWS_WITH(DepthNetwork(points(), narrow), Contains("raise augment"));
  const DepthNetwork n(waves(), series_options(rk4(8)));
  Vec g(n.dim());
  const Index outside[] = {n.samples()};
  CHECK_THROWS_WITH(n.value_and_gradient(g.setZero(), outside, g), Contains("sample 8 of a batch"));
}
