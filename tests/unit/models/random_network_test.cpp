// Random networks as a map: their random numbers, weights, tangents and gradients.
#include "support/catch.hpp"

#include <cmath>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/propagation/depth_exponents.hpp>
#include <thalweg/models/propagation/random_network.hpp>
#include <thalweg/numerics/normal_columns.hpp>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

RandomNetwork small(const std::string& activation, const std::string& weights) {
  RandomNetwork r;
  r.activation = activation;
  r.weights = weights;
  r.sigma_w = {0.9, 1.4};
  r.sigma_b = 0.3;
  r.width = 7;
  r.depth = 4;
  r.nets = 3;
  r.phase.sigma_w_points = r.phase.sigma_b_points = 3;
  r.prepare();
  return r;
}

Mat matrix(const LayerWeights& weights, Index net, Index layer) {
  Mat W(weights.width(), weights.width());
  weights.apply(net, layer, Mat::Identity(W.rows(), W.cols()), W);
  return W;
}

const Observable& find(const Observables& all, const std::string& name) {
  for (const auto& o : all)
    if (o.variable.name == name) return o;
  throw std::runtime_error("no observable " + name);
}

}  // namespace

TEST_CASE("normal numbers in bulk are normal, addressed and repeatable") {
  const NormalColumns columns(1, "a test");
  const Index n = 400000;
  Vec x(n);
  columns.fill({3, 1, 4}, x);
  // Standard errors of mean, E z^2, E z^4, E z^6: sqrt(1, 2, 96, 10170) / sqrt(n); and the shares
  // of the base layer's tail and of |z| < 0.2, at the top. Five of them: one false alarm in 3e4.
  const double root = std::sqrt(static_cast<double>(n));
  CHECK(std::abs(x.mean()) < 4.5 / root);
  CHECK(std::abs(x.array().square().mean() - 1.0) < 4.5 * std::sqrt(2.0) / root);
  CHECK(std::abs(x.array().pow(4).mean() - 3.0) < 4.5 * std::sqrt(96.0) / root);
  CHECK(std::abs(x.array().pow(6).mean() - 15.0) < 4.5 * std::sqrt(10170.0) / root);
  for (const double edge : {0.2, 1.0, 3.0, 3.7}) {
    const double p = std::erf(edge / std::sqrt(2.0));
    const double seen = static_cast<double>((x.array().abs() < edge).count());
    CHECK(std::abs(seen - p * root * root) < 4.5 * std::sqrt(p * (1.0 - p)) * root + 1.0);
  }
  Vec again(100), other(100);
  columns.fill({3, 1, 4}, again);
  CHECK(again == x.head(100));
  columns.fill({3, 2, 4}, other);
  CHECK(std::abs(other.dot(again)) < 45.0);
  CHECK(other != again);
}

TEST_CASE("weights are the same matrix forth and back, orthogonal ones an isometry") {
  using Kind = LayerWeights::Kind;
  for (const Kind kind : {Kind::gaussian, Kind::orthogonal}) {
    const LayerWeights weights(kind, 67, 5);
    const Mat W = matrix(weights, 1, 2);
    CHECK(W != matrix(weights, 2, 1));
    const Mat A = Mat::Random(67, 3);
    Mat back(67, 3);
    weights.apply_transposed(1, 2, A, back);
    CHECK((back - W.transpose() * A).norm() < 1e-13 * A.norm());
    if (kind == Kind::orthogonal) {
      CHECK((W.transpose() * W - Mat::Identity(67, 67)).cwiseAbs().maxCoeff() < 1e-13);
    } else {
      // 4489 numbers: 4.5 standard errors of the mean square.
      CHECK(std::abs(W.squaredNorm() / 67.0 - 1.0) < 4.5 * std::sqrt(2.0) / 67.0);
    }
  }
}

TEST_CASE("orthogonal weights are uniform: traces of small ones have Haar's moments") {
  // E tr W = 0, E (tr W)^2 = 1, E tr W^2 = 1 for O(N) (Diaconis, Shahshahani 1994). Fourth moment
  // of the trace 3: standard errors 1, sqrt 2, and sqrt 2 of tr W^2, over sqrt n.
  const LayerWeights weights(LayerWeights::Kind::orthogonal, 5, 2);
  const Index n = 4000;
  double trace = 0.0, square = 0.0, of_square = 0.0;
  for (Index i = 0; i < n; ++i) {
    const Mat W = matrix(weights, i, 0);
    trace += W.trace();
    square += W.trace() * W.trace();
    of_square += (W * W).trace();
  }
  const double root = std::sqrt(static_cast<double>(n)), size = static_cast<double>(n);
  CHECK(std::abs(trace / size) < 4.5 / root);
  CHECK(std::abs(square / size - 1.0) < 4.5 * std::sqrt(2.0) / root);
  CHECK(std::abs(of_square / size - 1.0) < 4.5 * std::sqrt(2.0) / root);
}

TEST_CASE("a layer is sigma_w W phi(h) + sigma_b b and its tangent the derivative") {
  for (const char* activation : {"tanh", "gelu", "erf", "sigmoid", "softplus", "identity"})
    for (const char* weights : {"gaussian", "orthogonal"}) {
      const auto r = small(activation, weights);
      const auto& layers = r.history()->layers();
      Rng none(0, "");
      const Vec x = r.initial_state(none);
      Vec next(x.size());
      r.apply(x, next, 2);
      const Mat W = matrix(layers.weights, 1, 3);
      Vec b(7);
      layers.weights.biases(1, 3, b);
      const Vec h = layers.input(x, 1, 1, 0);
      const Vec a = h.unaryExpr([&](double z) { return layers.phi.value(z); });
      CHECK((layers.input(next, 1, 1, 0) - 1.4 * W * a - 0.3 * b).norm() < 1e-13);

      Mat V = Mat::Random(x.size(), 2), DV(x.size(), 2);
      r.tangent(x, V, DV, 2);
      const double step = 1e-6;  // error step^2 and 1e-16 / step
      Vec plus(x.size()), minus(x.size());
      r.apply(x + step * V.col(1), plus, 2);
      r.apply(x - step * V.col(1), minus, 2);
      CHECK((DV.col(1) - (plus - minus) / (2.0 * step)).cwiseAbs().maxCoeff() < 1e-8);
    }
}

TEST_CASE("exponents in depth by theory") {
  using mlp_kernel::Activation;
  // Newman's for Gaussian matrices of width 4; all 0 for orthogonal ones.
  const double newman[] = {-0.135181422731, -0.328328603291, -0.635181422731, -1.32832860329};
  const Vec linear = depth_exponents(Activation::identity, 1.0, 1.0, 4, false);
  for (Index k = 0; k < 4; ++k) CHECK(linear[k] == Approx(newman[k]).epsilon(1e-11));
  CHECK(depth_exponents(Activation::identity, 1.0, 1.0, 4, true).norm() < 1e-11);
  // relu keeps half of the directions: S_D(-x) = (1 - x) / (1/2 - x).
  const Vec relu = depth_exponents(Activation::relu, 1.5, 1.0, 10, true);
  CHECK(relu[1] == Approx(std::log(1.5) + 0.5 * std::log(0.35 / 0.85)).epsilon(1e-11));
  CHECK(std::isinf(relu[5]));
  // tanh at the fixed point of sigma_w = 2, sigma_b = 0.1: scipy's quad and brentq at x = 1/4, and
  // mean-field theory's ln(chi) / 2 at x = 0
  const double q = 2.136390983853298;
  CHECK(depth_exponents(Activation::tanh, 2.0, q, 2, true)[0] ==
        Approx(-0.02545828689991403).epsilon(1e-10));
  const Vec wide = depth_exponents(Activation::tanh, 2.0, q, 1000, false);
  CHECK(wide[0] == Approx(0.1531957355207555).epsilon(0.0).margin(2e-3));
}

TEST_CASE("inputs have exactly the lengths and correlations asked for") {
  const auto r = small("tanh", "gaussian");
  const Vec x = r.history()->start();
  const auto& layers = r.history()->layers();
  for (Index net = 0; net < 3; ++net) {
    const Vec a = layers.input(x, net, 0, 0), b = layers.input(x, net, 1, 1);
    CHECK(a.squaredNorm() / 7.0 == Approx(1.0).epsilon(1e-14));
    CHECK(a.dot(b) / 7.0 == Approx(0.5).epsilon(1e-13));
  }
}

TEST_CASE("gradients of the sweep back are those of the product of the layers") {
  const auto r = small("tanh", "gaussian");
  const auto& history = *r.history();
  const auto& layers = history.layers();
  for (Index net = 0; net < 3; ++net)
    for (Index regime = 0; regime < 2; ++regime) {
      Vec delta(7);
      layers.weights.covector(net, delta);
      delta.normalize();
      for (Index l = 3; l >= 0; --l) {
        const Vec h = layers.input(history.signal(l), net, regime, 0);
        const Vec back = layers.regimes[static_cast<std::size_t>(regime)].sigma_w *
                         matrix(layers.weights, net, l + 1).transpose() * delta;
        delta = h.unaryExpr([](double z) {
                   return 1.0 / std::pow(std::cosh(z), 2);
                 }).cwiseProduct(back);
        CHECK(history.log_gradient(l)(net, regime) ==
              Approx(std::log(delta.squaredNorm())).epsilon(1e-12));
      }
    }
}

TEST_CASE("results do not depend on the number of threads, nor on what was recorded before") {
  const auto all = [](int n) {
    const int before = threads();
    set_threads(n);
    const auto r = small("tanh", "orthogonal");
    Vec x = r.history()->start(), next(x.size());
    r.apply(x, next, 0);
    Vec gradient(2);
    find(r.observables(), "log_gradient").compute(x, 0.0, gradient);
    Vec from_history(x.size());
    r.apply(x, from_history, 0);
    CHECK(from_history == next);
    set_threads(before);
    next.conservativeResize(next.size() + 2);
    next.tail(2) = gradient;
    return next;
  };
  CHECK(all(1) == all(3));
}

TEST_CASE("what cannot be recorded is refused") {
  const auto r = small("tanh", "gaussian");
  Vec x = r.history()->start(), out(2);
  const auto observables = r.observables();
  CHECK_THROWS_WITH(find(observables, "q").compute(x, 0.5, out), Contains("layers 0 to 4"));
  CHECK_THROWS_WITH(find(observables, "q").compute(x, 5.0, out), Contains("(model.depth)"));
  x[0] += 0.1;
  CHECK_THROWS_WITH(find(observables, "gradient").compute(x, 0.0, out),
                    Contains("the model's own inputs"));
  find(observables, "q").compute(x, 0.0, out);
  CHECK(out.allFinite());
}

TEST_CASE("check-model finds nothing wrong with random networks") {
  for (const char* weights : {"gaussian", "orthogonal"})
    for (const auto& row : check_model(AnyMap(small("tanh", weights))).rows) {
      INFO(row.what << ": " << row.reason);
      CHECK(row.verdict != Verdict::failed);
    }
}

TEST_CASE("signals that overflow are told with their layer") {
  RandomNetwork r;
  r.activation = "identity";
  r.sigma_w = {1e5};
  r.width = 3;
  r.depth = 100;
  r.nets = 1;
  r.prepare();
  CHECK_THROWS_WITH((void)r.history()->signal(100), Contains("overflow in layer"));
}
