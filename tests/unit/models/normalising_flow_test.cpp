// Densities made by flows: a Gaussian in closed form, the gradient, the normalisation.
#include "support/catch.hpp"

#include <cmath>
#include <numbers>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/depth/normalising_flow.hpp>

using namespace thalweg;

namespace {

NormalisingFlow make(const std::string& text) {
  const auto config = Config::from_text(text, "test");
  ConfigReader reader(config);
  NormalisingFlow flow;
  flow.fields(reader);
  flow.prepare();
  return flow;
}

}  // namespace

TEST_CASE("a linear field makes a Gaussian", "[depth]") {
  // a(Z) = e^{BZ} x with B = g I + w J: e^{gZ} R(wZ) x, so p = N(0, e^{-2gZ} I).
  const double g = 0.4, Z = 1.5;
  const auto flow = make(
      "depth = 1.5\nfield = { name = \"linear\", growth = 0.4, rotation = 2.0 }\n"
      "adjoint = { name = \"discrete\", rtol = 1e-12, atol = 1e-14 }\ndata.name = \"two_moons\"\n"
      "data.samples = 20\n");
  Rng rng(0, "start");
  const Vec q = flow.initial_state(rng);
  Samples X(5, 2);
  for (Index i = 0; i < X.size(); ++i) X.data()[i] = rng.normal();
  const Vec ln_p = flow.log_density(q, X);
  for (Index i = 0; i < 5; ++i)
    CHECK(ln_p[i] == Approx(2.0 * g * Z - std::log(2.0 * std::numbers::pi) -
                            0.5 * std::exp(2.0 * g * Z) * X.row(i).squaredNorm())
                         .epsilon(1e-9));
  // Along B + e 1 the end moves by Z a(Z).
  const Vec v = (Vec(4) << 1.0, 0.0, 0.0, 1.0).finished();
  Vec Cv(4);
  flow.curvature(q, CurvatureKind::gauss_newton)->hvp(v, Cv);
  CHECK(v.dot(Cv) ==
        Approx(Z * Z * std::exp(2.0 * g * Z) * flow.data.data->X.rowwise().squaredNorm().mean())
            .epsilon(1e-9));
}

TEST_CASE("a density of a neural field: its gradient and its integral", "[depth]") {
  const auto flow = make(
      "depth = 1.0\nmargin = 2.0\npixels = 80\nfield = { name = \"mlp\", hidden = [8], depth_input "
      "= "
      "true }\nadjoint = { name = \"discrete\", method = \"rk4\", steps = 10 }\ndata.name = "
      "\"two_moons\"\ndata.samples = 150\n");  // more than a block
  Rng rng(1, "start");
  Vec q = flow.initial_state(rng), v(q.size()), g(q.size());
  rng.fill_normal(v);
  v.normalize();
  const double value = flow.value_and_gradient(q, g);
  CHECK(value == flow.value(q));
  // central differences of fourth order: h^4 is 1e-12
  const double h = 1e-3;
  const auto at = [&](double e) { return flow.value(q + e * v); };
  const double slope = (8.0 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 * h);
  CHECK(g.dot(v) == Approx(slope).epsilon(1e-9).margin(1e-11));

  const auto observables = flow.observables();
  const auto& density = observables.back();
  REQUIRE(density.variable.name == "density");
  Vec p(density.variable.size());
  density.compute(q, 0.0, p);
  const auto& y = density.variable.axes[0].values;
  const auto& x = density.variable.axes[1].values;
  // The grid reaches over five standard deviations; the rest is the error of the rule of rectangles
  // and of ten steps of rk4.
  CHECK(p.sum() * (x[1] - x[0]) * (y[1] - y[0]) == Approx(1.0).epsilon(0.0).margin(2e-3));
}

TEST_CASE("Hessian products of a density, by differences along frozen steps", "[depth]") {
  const auto with = [](const std::string& adjoint) {
    return make(
        "field = { name = \"mlp\", hidden = [6], depth_input = true }\nadjoint = { name = " +
        adjoint + " }\ndata.name = \"two_moons\"\ndata.samples = 150\n");
  };
  const auto flow = with("\"discrete\", rtol = 1e-6, atol = 1e-8");
  Rng rng(1, "start");
  const Vec q = flow.initial_state(rng);
  Vec u(q.size()), v(q.size()), Hu(q.size()), Hv(q.size()), g(q.size());
  rng.fill_normal(u);
  rng.fill_normal(v);
  flow.at(q)->hvp(u, Hu);
  flow.at(q)->hvp(v, Hv);
  // Rounding over the step of the differences; steps chosen anew would leave 1e-6 over that.
  CHECK(std::abs(u.dot(Hv) - v.dot(Hu)) < 1e-9 * Hv.norm() * u.norm());
  // The same Hessian where steps are so fine that nothing depends on them.
  Vec fine(q.size()), continuous(q.size());
  with("\"discrete\", method = \"rk4\", steps = 60").at(q)->hvp(v, fine);
  CHECK((Hv - fine).norm() < 1e-4 * fine.norm());
  with("\"continuous\", solver = { name = \"dopri5\", rtol = 1e-8, atol = 1e-10 }")
      .at(q)
      ->hvp(v, continuous);
  CHECK((continuous - fine).norm() < 1e-4 * fine.norm());  // 1e-8 over the step, 1e-3

  const double value = flow.value_and_gradient(q, g);
  const auto frozen = flow.with_steps_of(q);
  CHECK(frozen(q) == value);
  const double h = 1e-3;
  v.normalize();
  const auto at = [&](double e) { return frozen(q + e * v); };
  CHECK(g.dot(v) == Approx((8.0 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 * h))
                        .epsilon(1e-9)
                        .margin(1e-11));
}

TEST_CASE("Gauss-Newton and empirical Fisher matrix of a density", "[depth]") {
  const auto with = [](const std::string& adjoint) {
    return make(
        "field = { name = \"mlp\", hidden = [4], depth_input = true }\nadjoint = { name = " +
        adjoint + " }\ndata.name = \"two_moons\"\ndata.samples = 6\n");
  };
  const auto flow = with("\"discrete\", rtol = 1e-10, atol = 1e-12");
  Rng rng(1, "start");
  const Vec q = flow.initial_state(rng);
  const Samples& X = flow.data.data->X;
  const auto n = static_cast<double>(flow.samples());
  Vec u(q.size()), v(q.size()), Cv(q.size()), g(q.size());
  rng.fill_normal(u);
  rng.fill_normal(v);
  // mean (u . g_s) (v . g_s), from differences of ln p.
  const double h = 1e-3;
  const auto slope = [&](const Vec& w) {
    const auto at = [&](double e) { return flow.log_density(q + e * w, X); };
    return Vec((8.0 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 * h));
  };
  flow.curvature(q, CurvatureKind::empirical_fisher)->hvp(v, Cv);
  CHECK(u.dot(Cv) == Approx(slope(u).dot(slope(v)) / n).epsilon(1e-7));
  // What the Hessian is without second derivatives of the ends: near the parameters of f = b, where
  // a(Z) = x + Z b, exactly the mean of da'da = Z^2 for each entry of b, the last two.
  Vec constant = Vec::Zero(q.size());
  constant.tail(2) << 0.3, -0.7;
  flow.curvature(constant, CurvatureKind::gauss_newton)->hvp(Vec::Unit(q.size(), q.size() - 1), Cv);
  CHECK(Cv[q.size() - 1] == Approx(1.0).epsilon(1e-12));
  CHECK(Cv[q.size() - 2] == Approx(0.0).margin(1e-12));
  flow.curvature(q, CurvatureKind::gauss_newton)->hvp(v, g);
  flow.curvature(q, CurvatureKind::gauss_newton)->hvp(u, Cv);
  CHECK(v.dot(Cv) == Approx(u.dot(g)).epsilon(1e-10));
  CHECK(v.dot(g) > 0.0);
  with("\"continuous\", solver = { name = \"dopri5\", rtol = 1e-10, atol = 1e-12 }")
      .curvature(q, CurvatureKind::gauss_newton)
      ->hvp(u, g);
  CHECK((g - Cv).norm() < 1e-7 * Cv.norm());
  CHECK_FALSE(flow.has_curvature(CurvatureKind::fisher));
}
