// The adjoint equation by any solver, beside the exact adjoint of steps.
#include "support/catch.hpp"
#include "support/default_fields.hpp"

#include <cmath>
#include <map>
#include <string>
#include <thalweg/adjoint/continuous_flow.hpp>
#include <thalweg/adjoint/discrete_flow.hpp>
#include <thalweg/models/depth/fields/mlp.hpp>
#include <thalweg/solvers/catalogue.hpp>

using namespace thalweg;

namespace {

Mat random(Index rows, Index cols, const char* stream, double size) {
  Rng rng(5, stream);
  Mat A(rows, cols);
  for (Index i = 0; i < A.size(); ++i) A.data()[i] = size * rng.normal();
  return A;
}

// f = network - alpha a: contracts for alpha > 0.
class Contracting final : public VectorField {
 public:
  Contracting(std::shared_ptr<const VectorField> network, double alpha)
      : network_(std::move(network)), alpha_(alpha) {}
  [[nodiscard]] Index width() const override { return network_->width(); }
  [[nodiscard]] Index n_parameters() const override { return network_->n_parameters(); }
  [[nodiscard]] Layout layout() const override { return network_->layout(); }
  [[nodiscard]] Vec initial_parameters(Rng& r) const override {
    return network_->initial_parameters(r);
  }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index samples) const override {
    struct Evaluation final : FieldEvaluation {
      std::unique_ptr<FieldEvaluation> network;
      double alpha;
      Evaluation(std::unique_ptr<FieldEvaluation> e, double a) : network(std::move(e)), alpha(a) {}
      void evaluate(MatIn A, double z, In theta, MatOut F) override {
        network->evaluate(A, z, theta, F);
        F -= alpha * A;
      }
      void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) override {
        network->vjp(Delta, A_bar, theta_bar);
        A_bar -= alpha * Delta;
      }
      void jvp(MatIn dA, In dtheta, MatOut dF) override {
        network->jvp(dA, dtheta, dF);
        dF -= alpha * dA;
      }
      void vjp_tangent(MatIn Delta, MatIn dDelta, MatOut A_bar, Out theta_bar) override {
        network->vjp_tangent(Delta, dDelta, A_bar, theta_bar);
        A_bar -= alpha * dDelta;
      }
    };
    return std::make_unique<Evaluation>(network_->evaluation(samples), alpha_);
  }

 private:
  std::shared_ptr<const VectorField> network_;
  double alpha_;
};

// 8 states, 24 hidden units, L = sum over the outputs of c . X.
struct Problem {
  std::shared_ptr<const VectorField> field;
  std::vector<double> outputs;
  Vec theta;
  Mat A0, c;

  Problem(double alpha, std::vector<double> at) : outputs(std::move(at)) {
    MlpField network;
    network.hidden = {24};
    field = std::make_shared<Contracting>(network(8), alpha);
    theta = random(field->n_parameters(), 1, "theta", 0.3);
    A0 = random(8, 1, "start", 1.0);
    c = random(8, static_cast<Index>(outputs.size()), "loss", 1.0);
  }
  Vec gradient(DifferentiableFlow& flow) const {
    Mat X(8, c.cols()), A0_bar(8, 1);
    flow.forward(theta, A0, X);
    Vec theta_bar = Vec::Zero(theta.size()), g(theta.size() + 8);
    flow.backward(c, A0_bar, theta_bar);
    g << A0_bar, theta_bar;
    return g;
  }
  [[nodiscard]] Vec discrete(Index steps, const char* method = "rk4") const {
    DiscreteFlow flow(field, 1, 0.0, outputs, {.method = method, .steps = steps});
    return gradient(flow);
  }
  [[nodiscard]] ContinuousFlow continuous(const char* solver, std::map<std::string, double> given,
                                          bool backsolve = false) const {
    test::GivenFields fields(std::move(given));
    return {field,
            1,
            0.0,
            outputs,
            {.solver = solvers().at(solver).make(fields), .backsolve = backsolve}};
  }
};

double error(const Vec& g, const Vec& exact) { return (g - exact).norm() / exact.norm(); }

}  // namespace

TEST_CASE("on a contracting flow the exact adjoint is exact and backsolve is lost", "[adjoint]") {
  // |a| shrinks by exp(-3 x 10): backwards every rounding, 1e-16, grows by as much.
  const Problem p(3.0, {10.0});
  const Vec exact = p.discrete(2000);
  CHECK(error(p.discrete(200), exact) < 1e-10);
  auto continuous = p.continuous("rk4", {{"dt", 0.05}});
  // delta falls by 14 % a step, and its interpolant errs by that to the fourth power over 384.
  CHECK(error(p.gradient(continuous), exact) < 1e-4);
  CHECK(std::isnan(continuous.cost().recovered_error));
  auto backsolve = p.continuous("rk4", {{"dt", 0.05}}, true);
  p.gradient(backsolve);
  CHECK(backsolve.cost().recovered_error > 0.01);
  CHECK(backsolve.cost().bytes == 0);
}

TEST_CASE("the continuous adjoint converges with its method's order", "[adjoint]") {
  const Problem p(0.2, {1.0, 3.0, 5.0});
  const Vec exact = p.discrete(2000);
  const auto at = [&](double dt, bool backsolve) {
    auto flow = p.continuous("rk4", {{"dt", dt}}, backsolve);
    return error(p.gradient(flow), exact);
  };
  for (const bool backsolve : {false, true}) {
    const double order = std::log2(at(0.1, backsolve) / at(0.05, backsolve));
    CAPTURE(backsolve, order);
    CHECK(std::abs(order - 4.0) < 0.3);  // what is left of the next order
  }
  // Mild flows are found again.
  auto flow = p.continuous("rk4", {{"dt", 0.025}}, true);
  p.gradient(flow);
  CHECK(flow.cost().recovered_error < 1e-6);
}

TEST_CASE("the continuous adjoint's error follows the tolerance, with any solver", "[adjoint]") {
  const Problem p(0.2, {2.0, 5.0});
  const Vec exact = p.discrete(2000);
  for (const char* solver : {"dopri5", "fehlberg78", "rosenbrock", "sdirk", "auto"})
    for (const double rtol : {1e-4, 1e-7}) {
      auto flow = p.continuous(solver, {{"rtol", rtol}, {"atol", 1e-2 * rtol}});
      const double e = error(p.gradient(flow), exact);
      CAPTURE(solver, rtol, e, flow.cost().steps);
      CHECK(e < 100.0 * rtol);  // the tolerance of a step times the growth of errors over 5
    }
}

TEST_CASE("Hessian products of continuous adjoints follow the tolerance, with any solver",
          "[adjoint]") {
  const Problem p(0.2, {0.0, 2.0, 5.0});
  Rng rng(9, "direction");
  Vec v(8 + p.theta.size());
  rng.fill_normal(v);
  // L = sum c . X + |X|^2 / 2, so that dX_bar = dX; its Hessian and Gauss-Newton products.
  const auto products = [&](DifferentiableFlow& flow) {
    Mat X(8, 3), dX(8, 3), bar(8, 1);
    flow.forward(p.theta, p.A0, X);
    flow.forward_tangent(v.tail(p.theta.size()), v.head(8), dX);
    Vec H = Vec::Zero(p.theta.size()), G = H, both(2 * (8 + H.size()));
    flow.backward_tangent(p.c + X, dX, bar, H);
    both.head(8) = bar.col(0);
    flow.backward_linear(dX, bar, G);
    both.segment(8, 8) = bar.col(0);
    both.tail(2 * H.size()) << H, G;
    return both;
  };
  DiscreteFlow steps(p.field, 1, 0.0, p.outputs, {.method = "dopri5", .steps = 400});
  const Vec exact = products(steps);
  for (const char* solver : {"dopri5", "rosenbrock", "sdirk"})
    for (const bool backsolve : {false, true})
      for (const double rtol : {1e-4, 1e-7}) {
        auto flow = p.continuous(solver, {{"rtol", rtol}, {"atol", 1e-2 * rtol}}, backsolve);
        const double e = error(products(flow), exact);
        CAPTURE(solver, backsolve, rtol, e);
        CHECK(e < 100.0 * rtol);  // as the gradient's
      }
}

TEST_CASE("the continuous adjoint names what it cannot do", "[adjoint]") {
  const Problem p(0.2, {5.0});
  using Catch::Matchers::Contains;
  auto flow = p.continuous("dopri5", {});
  Mat block(8, 1);
  CHECK_FALSE(flow.freezes_steps());
  CHECK_THROWS_WITH(flow.forward_frozen(p.theta, p.A0, block), Contains("choose \"discrete\""));
  test::GivenFields fields;
  ContinuousFlow short_of(p.field, 1, 0.0, {5.0},
                          {.solver = solvers().at("dopri5").make(fields), .max_steps = 2});
  CHECK_THROWS_WITH(short_of.forward(p.theta, p.A0, block), Contains("max_steps = 2 tries"));
}
