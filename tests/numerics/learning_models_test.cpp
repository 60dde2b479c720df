// Every potential that learns from data: derivatives against differences, Hessian products,
// batches, known values and the conventions of loss_options.hpp.
#include <cmath>
#include <numeric>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/models/networks/deep_linear.hpp>
#include <thalweg/models/networks/linear_regression.hpp>
#include <thalweg/models/networks/logistic_regression.hpp>
#include <thalweg/models/networks/mlp.hpp>
#include <thalweg/models/networks/network_loss.hpp>
#include <thalweg/models/networks/two_layer_scalar.hpp>

#include "support/catch.hpp"
#include "support/datasets.hpp"

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

template <class Model>
Model prepared(Model model, std::shared_ptr<const Dataset> data) {
  model.data.data = std::move(data);
  model.prepare();
  return model;
}

Mlp network(std::vector<Index> hidden, const std::string& activation, const std::string& loss,
            std::shared_ptr<const Dataset> data, bool bias = true) {
  Mlp mlp;
  mlp.hidden = std::move(hidden);
  mlp.activation = activation;
  mlp.loss = loss;
  mlp.bias = bias;
  return prepared(std::move(mlp), std::move(data));
}

struct Named {
  std::string name;
  AnyPotential potential;
};

std::vector<Named> all_models() {
  std::vector<Named> all;
  const auto iris = test::small_iris(), teacher = test::teacher(), moons = test::moons();
  LinearRegression linear;
  all.push_back({"linear", AnyPotential(prepared(linear, teacher))});
  linear.factors = {.scale = 2.0, .l2 = 0.3, .reduction = "sum"};
  all.push_back({"ridge, sum", AnyPotential(prepared(linear, iris))});
  linear.bias = false;
  linear.factors.reduction = "mean";
  all.push_back({"ridge, no bias", AnyPotential(prepared(linear, teacher))});
  LogisticRegression logistic;
  all.push_back({"logistic", AnyPotential(prepared(logistic, moons))});
  logistic.factors = {.l2 = 0.1, .reduction = "sum"};
  all.push_back({"softmax, sum", AnyPotential(prepared(logistic, iris))});
  all.push_back({"mlp, cross entropy", AnyPotential(network({7, 5}, "tanh", "auto", iris))});
  all.push_back({"mlp, mse", AnyPotential(network({6}, "gelu", "auto", teacher))});
  all.push_back({"mlp, logistic", AnyPotential(network({6}, "softplus", "logistic", moons))});
  Mlp regularised;
  regularised.hidden = {5, 4};
  regularised.activation = "erf";
  regularised.factors = {.scale = 0.5, .l2 = 0.2, .reduction = "sum"};
  all.push_back({"mlp, l2, sum", AnyPotential(prepared(regularised, iris))});
  DeepLinear deep;
  deep.hidden = {4, 3};
  deep.start = "random";
  deep.scale = 1.5;
  deep.inputs = "data";
  all.push_back({"deep linear, data", AnyPotential(prepared(deep, iris))});
  deep.inputs = "white";
  all.push_back({"deep linear, white", AnyPotential(prepared(deep, nullptr))});
  all.push_back({"two-layer scalar", AnyPotential(TwoLayerScalar{})});
  return all;
}

}  // namespace

TEST_CASE("learning models keep every promise of a potential", "[models]") {
  for (const auto& [name, potential] : all_models()) {
    const ModelCheck check = check_model(potential);
    for (const auto& row : check.rows) {
      CAPTURE(name, row.what, row.number, row.tolerance, row.reason);
      CHECK(row.verdict != Verdict::failed);
    }
    CHECK(potential.has_hvp());
  }
}

TEST_CASE("Hessian products are symmetric and equal their block and fixed-point forms",
          "[models]") {
  for (const auto& [name, potential] : all_models()) {
    CAPTURE(name);
    const Index n = potential.dim();
    const Vec q = 0.5 * test::normal_vector(n, 1), u = test::normal_vector(n, 2),
              v = test::normal_vector(n, 3);
    Vec Hu(n), Hv(n);
    potential.hvp(q, u, Hu);
    potential.hvp(q, v, Hv);
    CHECK(std::abs(v.dot(Hu) - u.dot(Hv)) < 1e-12 * (Hu.norm() * v.norm() + Hv.norm() * u.norm()));
    Mat V(n, 2), HV(n, 2);
    V << u, v;
    potential.at(q)->hvp(V, HV);
    CHECK((HV.col(0) - Hu).norm() < 1e-12 * Hu.norm());
    CHECK((HV.col(1) - Hv).norm() < 1e-12 * Hv.norm());
  }
}

TEST_CASE("a batch of all samples is the whole, and single samples average to it", "[models]") {
  for (const auto& [name, potential] : all_models()) {
    const Index n = potential.samples();
    if (n == 0) continue;
    CAPTURE(name);
    const Vec q = 0.5 * test::normal_vector(potential.dim(), 1);
    Vec whole(q.size()), g(q.size()), mean = Vec::Zero(q.size());
    const double loss = potential.value_and_gradient(q, whole);
    CHECK(potential.value(q) == Approx(loss).epsilon(1e-13));
    std::vector<Index> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), Index{0});
    CHECK(potential.value_and_gradient(q, all, g) == Approx(loss).epsilon(1e-12));
    CHECK((g - whole).norm() < 1e-12 * whole.norm());
    double mean_loss = 0.0;
    for (const Index i : all) {
      mean_loss += potential.value_and_gradient(q, std::span(&i, 1), g) / static_cast<double>(n);
      mean += g / static_cast<double>(n);
    }
    CHECK(mean_loss == Approx(loss).epsilon(1e-12));
    CHECK((mean - whole).norm() < 1e-12 * whole.norm());
  }
}

TEST_CASE("losses at zero are known numbers", "[models]") {
  const auto iris = test::small_iris();
  const auto at_zero = [](const auto& model) { return model.value(Vec::Zero(model.dim())); };
  CHECK(at_zero(network({5}, "tanh", "cross_entropy", iris)) == Approx(std::log(3.0)));
  CHECK(at_zero(network({5}, "tanh", "mse", iris)) == Approx(0.5));  // |one-hot row|^2 / 2
  CHECK(at_zero(prepared(LogisticRegression{}, iris)) == Approx(std::log(3.0)));
  CHECK(at_zero(prepared(LogisticRegression{}, test::moons())) == Approx(std::log(2.0)));
  LogisticRegression sum;
  sum.factors.reduction = "sum";
  CHECK(at_zero(prepared(sum, test::moons())) == Approx(40.0 * std::log(2.0)));
  LinearRegression twice;
  twice.factors.scale = 2.0;
  CHECK(at_zero(prepared(twice, iris)) == Approx(1.0));
}

TEST_CASE("homogeneous networks satisfy Euler's identity in every layer", "[models]") {
  // Without biases f is homogeneous of degree 1 in each W^l, so <W^l, dL/dW^l> = mean <f, dloss/df>
  // for every l; for mse dloss/df = f - y.
  for (const std::string activation : {"relu", "identity"}) {
    CAPTURE(activation);
    const auto data = test::teacher();
    const Mlp mlp = network({8, 6, 5}, activation, "mse", data, false);
    Rng rng(3, "test");
    Initialisation he{.name = "he"};
    Vec q(mlp.dim()), g(mlp.dim());
    he(mlp.network().widths(), false, rng, q);
    mlp.gradient(q, g);
    const Samples f = mlp.network().outputs(q);
    const double expected = f.cwiseProduct(f - data->Y).sum() / static_cast<double>(data->size());
    for (const auto& block : mlp.layout()) {
      const double inner =
          q.segment(block.offset, block.size()).dot(g.segment(block.offset, block.size()));
      CHECK(inner == Approx(expected).epsilon(1e-12));
    }
  }
}

TEST_CASE("the layout names every parameter once, layer by layer", "[models]") {
  const Mlp mlp = network({7, 5}, "tanh", "auto", test::small_iris());
  Index offset = 0;
  std::string names;
  for (const auto& block : mlp.layout()) {
    CHECK(block.offset == offset);
    offset += block.size();
    names += block.name + ":" + block.group + " ";
  }
  CHECK(offset == mlp.dim());
  CHECK(names == "W1:layer1 b1:layer1 W2:layer2 b2:layer2 W3:layer3 b3:layer3 ");
  CHECK(mlp.layout()[2].shape == std::vector<Index>{5, 7});
}

TEST_CASE("accuracy and held-out losses come from the outputs", "[models]") {
  const auto data = test::small_iris();
  for (const std::string loss : {"mse", "cross_entropy"}) {
    const Mlp mlp = network({6}, "tanh", loss, data);
    const Vec q = test::normal_vector(mlp.dim(), 4);
    const Samples f = mlp.network().outputs(q);
    double correct = 0.0;
    for (Index i = 0; i < f.rows(); ++i) {
      Index largest = 0;
      f.row(i).maxCoeff(&largest);
      correct += largest == data->labels[static_cast<std::size_t>(i)] ? 1.0 : 0.0;
    }
    // A potential whose training samples are the held-out ones gives the reference.
    auto swapped = std::make_shared<Dataset>(*data);
    swapped->X = data->X_test;
    swapped->Y = data->Y_test;
    swapped->labels = data->labels_test;
    const double test_loss = network({6}, "tanh", loss, swapped).value(q);

    const auto observables = mlp.observables();
    REQUIRE(observables.size() == 3);
    Vec out(1);
    observables[0].compute(q, 0.0, out);
    CHECK(observables[0].variable.name == "accuracy");
    CHECK(out[0] == Approx(correct / static_cast<double>(data->size())).epsilon(1e-15));
    observables[1].compute(q, 0.0, out);
    CHECK(observables[1].variable.name == "test_loss");
    CHECK(out[0] == Approx(test_loss).epsilon(1e-13));
    CHECK(observables[2].variable.name == "test_accuracy");
  }
  // A sum and an l2 term leave the test loss a plain mean.
  Mlp plain, bayesian;
  plain.hidden = bayesian.hidden = {6};
  bayesian.factors = {.l2 = 0.5, .reduction = "sum"};
  const auto a = prepared(plain, data).observables(), b = prepared(bayesian, data).observables();
  const Vec q = test::normal_vector(prepared(plain, data).dim(), 4);
  Vec loss_a(1), loss_b(1);
  a[1].compute(q, 0.0, loss_a);
  b[1].compute(q, 0.0, loss_b);
  CHECK(loss_a[0] == Approx(loss_b[0]).epsilon(1e-13));
}

TEST_CASE("softmax regression of two classes is logistic regression of the difference",
          "[models]") {
  // W = (-w/2, w/2) gives softmax outputs whose difference is w x.
  const auto data = test::moons();
  const auto logistic = prepared(LogisticRegression{}, data);
  const Mlp softmax = network({}, "identity", "cross_entropy", data);
  const Vec w = test::normal_vector(3, 5);  // two weights and a bias
  Vec both(6);
  both << -0.5 * w[0], -0.5 * w[1], 0.5 * w[0], 0.5 * w[1], -0.5 * w[2], 0.5 * w[2];
  CHECK(logistic.value(w) == Approx(softmax.value(both)).epsilon(1e-14));
}

TEST_CASE("single precision agrees to its rounding", "[models]") {
  const auto data = test::small_iris();
  Mlp single;
  single.hidden = {7, 5};
  single.precision = "float";
  const Mlp narrow = prepared(single, data), wide = network({7, 5}, "tanh", "auto", data);
  const Vec q = 0.5 * test::normal_vector(wide.dim(), 1);
  Vec g(q.size()), h(q.size());
  // Sums of 48 samples in float: a few hundred roundings of 6e-8 at worst.
  CHECK(narrow.value_and_gradient(q, g) == Approx(wide.value_and_gradient(q, h)).epsilon(1e-5));
  CHECK((g - h).norm() < 1e-5 * h.norm());
  CHECK((g - h).norm() > 0.0);
}

TEST_CASE("losses that do not fit the data are refused with the way out", "[models]") {
  CHECK_THROWS_WITH(network({3}, "tanh", "logistic", test::small_iris()),
                    Contains("needs two classes, but data set \"iris\" has 3; use"));
  CHECK_THROWS_WITH(network({3}, "tanh", "cross_entropy", test::teacher()),
                    Contains("needs classes, but data set \"teacher_student\" has regression"));
  CHECK_THROWS_AS(prepared(LogisticRegression{}, test::teacher()), ModelError);
}
