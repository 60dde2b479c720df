// The reversible residual net: its derivatives against complex steps of a plain transcription, and
// what reversal and stability promise.
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/waves/hyperbolic_network.hpp>

#include <cmath>
#include <complex>
#include <vector>

#include "../../support/catch.hpp"
#include "../../support/datasets.hpp"

using namespace thalweg;

namespace {

using Complex = std::complex<double>;

HyperbolicNetwork net(HyperbolicOptions o, std::shared_ptr<const Dataset> data) {
  o.data.data = std::move(data);
  return HyperbolicNetwork(std::move(o));
}

Vec point(const HyperbolicNetwork& model, const char* stream) {
  Rng rng(3, stream);
  Vec q(model.dim());
  rng.fill_normal(q);
  return 0.4 * q;
}

// The loss of tanh nets, sample by sample, as the docstring says it.
Complex plain_loss(const HyperbolicNetwork& model, const std::vector<Complex>& q) {
  const ResidualShape& s = model.shape();
  const Dataset& d = *model.data.data;
  const double h = s.hyperbolic ? s.step * s.step : s.step;
  Complex total = 0.0;
  for (Index i = 0; i < d.size(); ++i) {
    std::vector<Complex> x(static_cast<std::size_t>(s.width)), before, next(x.size());
    for (Index k = 0; k < d.X.cols(); ++k) x[static_cast<std::size_t>(k)] = d.X(i, k);
    before = x;
    std::size_t p = 0;
    for (Index t = 0; t < s.layers; ++t) {
      for (std::size_t k = 0; k < x.size(); ++k)
        next[k] = s.hyperbolic ? 2.0 * x[k] - before[k] : x[k];
      const std::size_t K = p, b = p + static_cast<std::size_t>(s.units) * x.size();
      for (std::size_t u = 0; u < static_cast<std::size_t>(s.units); ++u) {
        Complex z = q[b + u];
        for (std::size_t k = 0; k < x.size(); ++k) z += q[K + u * x.size() + k] * x[k];
        for (std::size_t k = 0; k < x.size(); ++k)
          next[k] -= h * q[K + u * x.size() + k] * std::tanh(z);
      }
      p = b + static_cast<std::size_t>(s.units);
      before = x;
      x = next;
    }
    std::vector<Complex> f(static_cast<std::size_t>(s.outputs));
    Complex sum = 0.0;
    for (std::size_t c = 0; c < f.size(); ++c) {
      f[c] = q[p + f.size() * x.size() + c];
      for (std::size_t k = 0; k < x.size(); ++k) f[c] += q[p + c * x.size() + k] * x[k];
      sum += std::exp(f[c]);
    }
    for (std::size_t c = 0; c < f.size(); ++c) {
      const double y = d.Y(i, static_cast<Index>(c));
      total += s.classes ? -y * f[c] : 0.5 * (f[c] - y) * (f[c] - y);
    }
    if (s.classes) total += std::log(sum);
  }
  Complex squares = 0.0;
  for (const Complex& v : q) squares += v * v;
  return model.factors.scale * total / static_cast<double>(d.size()) +
         0.5 * model.factors.l2 * squares;
}

}  // namespace

TEST_CASE("the gradient by reversal is the derivative", "[waves]") {
  for (const char* kind : {"hyperbolic", "parabolic"})
    for (const bool classes : {true, false}) {
      HyperbolicOptions o{.kind = kind, .layers = 6, .width = 5, .units = 3, .step = 0.3};
      o.factors.l2 = 0.01;
      const auto model = net(o, classes ? test::moons() : test::teacher());
      const Vec q = point(model, "q"), v = point(model, "v");
      Vec g(model.dim()), Hv(model.dim());
      const double value = model.value_and_gradient(q, g);
      std::vector<Complex> z(q.begin(), q.end());
      CHECK(std::abs(value - plain_loss(model, z).real()) < 1e-13 * std::abs(value));
      CHECK(value == model.value(q));
      for (const Index i : {Index{0}, Index{7}, Index{16}, Index{50}, model.dim() - 1}) {
        z[static_cast<std::size_t>(i)] += Complex(0, 1e-30);
        const double exact = plain_loss(model, z).imag() / 1e-30;
        z[static_cast<std::size_t>(i)] = q[i];
        CHECK(std::abs(g[i] - exact) < 1e-12 * g.norm());
      }
      model.hvp(q, v, Hv);
      Vec plus(q.size()), minus(q.size());
      const double h = 1e-5;  // error h^2 and eps / h
      model.gradient(q + h * v, plus);
      model.gradient(q - h * v, minus);
      CHECK((Hv - (plus - minus) / (2 * h)).norm() < 1e-8 * Hv.norm());
    }
}

TEST_CASE("a net of 200 layers is run backwards without its layers", "[waves]") {
  const auto model = net({.layers = 200, .width = 6, .step = 0.2}, test::moons());
  Rng rng(0, "start");
  const Vec q = model.initial_state(rng);
  CHECK(model.stability(q) < 1.0);
  CHECK(model.reversal_error(q) < 1e-11);
  CHECK(model.reversal_error(q) > 0.0);
}

TEST_CASE("batches and threads of the reversible net", "[waves]") {
  TwoMoons moons{.samples = 200};
  const auto model = net({.layers = 4}, test::make_data(moons));
  const Vec q = point(model, "q");
  Vec whole(model.dim()), part(model.dim()), sum = Vec::Zero(model.dim());
  model.gradient(q, whole);
  for (Index first = 0; first < 200; first += 50) {
    std::vector<Index> batch;
    for (Index i = 0; i < 50; ++i) batch.push_back(first + i);
    model.value_and_gradient(q, batch, part);
    sum += 0.25 * part;
  }
  CHECK((sum - whole).norm() < 1e-13 * whole.norm());
  const int before = threads();
  set_threads(1);
  Vec single(model.dim());
  model.gradient(q, single);
  set_threads(3);
  model.gradient(q, part);
  set_threads(before);
  CHECK(single == part);
}

TEST_CASE("with zero weights the gradient of a layer grows as the constant mode does", "[waves]") {
  // x_{t+1} = 2 x_t - x_{t-1}: dL/dx_t = (T - t + 1) dL/dx_T, and at t = 0 with x_{-1} = x_0 it is
  // dL/dx_T itself.
  const auto model = net({.layers = 9}, test::moons());
  Vec q = Vec::Zero(model.dim());
  q.segment(9 * model.shape().layer_size(), 2 * 4).setOnes();
  q[9 * model.shape().layer_size()] = -1.0;
  const Vec sizes = model.gradient_by_layer(q);
  for (Index t = 1; t <= 9; ++t) CHECK(std::abs(sizes[t] / sizes[9] - double(10 - t)) < 1e-13);
  CHECK(std::abs(sizes[0] / sizes[9] - 1.0) < 1e-13);
}

TEST_CASE("a net that cannot work is refused", "[waves]") {
  CHECK_THROWS_AS(net({.width = 1}, test::moons()), ModelError);
  CHECK_THROWS_AS(net({.loss = "cross_entropy", .width = 4}, test::teacher()), ModelError);
  const auto wild = net({.width = 4, .step = 3.0}, test::moons());
  Rng rng(0, "start");
  CHECK_THROWS_WITH(wild.initial_state(rng), Catch::Contains("not stable"));
}
