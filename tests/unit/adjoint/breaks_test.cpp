// Flows of fields that are given by pieces in depth, against closed forms: products of matrix
// exponentials, and exp of an integral where the matrices commute.
#include "support/catch.hpp"
#include "support/default_fields.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <thalweg/adjoint/continuous_flow.hpp>
#include <thalweg/adjoint/discrete_flow.hpp>
#include <thalweg/chaos/difference_motion.hpp>
#include <thalweg/chaos/tangent_motion.hpp>
#include <thalweg/core/piecewise_stepper.hpp>
#include <thalweg/core/smooth_pieces.hpp>
#include <thalweg/models/depth/fields/linear.hpp>
#include <thalweg/models/depth/fields/varying_with_depth.hpp>
#include <thalweg/models/depth/fields/with_divergence.hpp>
#include <thalweg/solvers/catalogue.hpp>
#include <utility>
#include <vector>

using namespace thalweg;

namespace {

Mat random(Index rows, Index cols, const char* stream) {
  Rng rng(7, stream);
  Mat A(rows, cols);
  for (Index i = 0; i < A.size(); ++i) A.data()[i] = rng.normal();
  return A;
}

// exp(A) by Taylor's series of A/2^8, squared eight times.
Mat exponential(Mat A) {
  A /= 256.0;
  Mat E = Mat::Identity(A.rows(), A.rows()), term = E;
  for (int k = 1; k < 16; ++k) {
    term = (term * A / static_cast<double>(k)).eval();
    E += term;
  }
  for (int i = 0; i < 8; ++i) E = (E * E).eval();
  return E;
}

const std::vector<double> knots{0.0, 0.37, 0.8, 1.1};
const std::vector<double> outputs{0.0, 0.2, 0.8, 1.0, 1.3};  // one at a knot
constexpr Index d = 2, n_knots = 4, p = d * d;

std::shared_ptr<const VectorField> field_of(const DepthBasis& basis) {
  return varying_with_depth(LinearField()(d), basis);
}

// B_k row by row, as theta has them.
Mat matrix(const Vec& theta, Index k) {
  return Eigen::Map<const Mat>(theta.data() + k * p, d, d).transpose();
}

// L = sum_m c_m . a(z_m) of pieces B_k, and its gradient (a(0), theta): the derivative of exp(B l)
// along E is a block of exp([[B, E], [0, B]] l).
double exact(const Vec& theta, const Vec& a0, const Mat& c, Vec& g) {
  g.setZero(d + theta.size());
  double L = 0.0;
  for (std::size_t m = 0; m < outputs.size(); ++m) {
    const auto length = [&](Index k) {
      const auto i = static_cast<std::size_t>(k);
      const double end = k + 1 < n_knots ? knots[i + 1] : outputs.back();
      return std::max(std::min(end, outputs[m]) - knots[i], 0.0);
    };
    // entry -1: none of the derivatives
    const auto flow = [&](Index along) {
      Mat all = Mat::Identity(d, d);
      for (Index k = 0; k < n_knots; ++k) {
        const Mat B = matrix(theta, k);
        Mat both = Mat::Zero(2 * d, 2 * d);
        both << B, Mat::Zero(d, d), Mat::Zero(d, d), B;
        const bool here = along >= 0 && along / p == k;
        if (here) both(along % p / d, d + along % d) = 1.0;
        const Mat E = exponential(both * length(k));
        all = ((here ? E.topRightCorner(d, d) : E.topLeftCorner(d, d)) * all).eval();
      }
      return all;
    };
    const Vec cm = c.col(static_cast<Index>(m));
    L += cm.dot(flow(-1) * a0);
    g.head(d) += flow(-1).transpose() * cm;
    for (Index i = 0; i < theta.size(); ++i) g[d + i] += cm.dot(flow(i) * a0);
  }
  return L;
}

double solve(DifferentiableFlow& flow, const Vec& theta, const Vec& a0, const Mat& c, Vec& g) {
  Mat X(d, c.cols()), a_bar(d, 1);
  flow.forward(theta, a0, X);
  Vec theta_bar = Vec::Zero(theta.size());
  flow.backward(c, a_bar, theta_bar);
  g.resize(d + theta.size());
  g << a_bar, theta_bar;
  return c.cwiseProduct(X).sum();
}

ContinuousFlow continuous(const std::shared_ptr<const VectorField>& field, const char* solver,
                          bool backsolve) {
  test::GivenFields given({{"rtol", 1e-11}, {"atol", 1e-13}, {"dt", 2e-3}});
  return {
      field, 1, 0.0, outputs, {.solver = solvers().at(solver).make(given), .backsolve = backsolve}};
}

}  // namespace

TEST_CASE("pieces between breaks", "[adjoint]") {
  SmoothPieces pieces({2.0, 1.0, 1.0 + 1e-15, NAN});
  CHECK(SmoothPieces().inside(0.1) == 0.1);
  pieces.enter(1.0);
  CHECK(pieces.begin() == 1.0);
  CHECK(pieces.end() == 2.0);
  CHECK(pieces.inside(1.0) > 1.0);
  CHECK(pieces.inside(3.0) == std::nextafter(2.0, 0.0));
  CHECK(pieces.stop(3.0) == 2.0);
  CHECK(pieces.stop(2.0 + 1e-15) == 2.0 + 1e-15);  // not a step of rounding's size
  CHECK(pieces.stop_backwards(0.0) == 1.0);
  CHECK(pieces.stop_backwards(1.0 - 1e-15) == 1.0 - 1e-15);
  CHECK(pieces.ended(2.0 - 1e-15));
  CHECK_FALSE(pieces.ended(1.9));
  pieces.enter_backwards(1.0);
  CHECK(pieces.end() == 1.0);
  CHECK(pieces.stop_backwards(-5.0) == -5.0);
  pieces.enter(2.0 - 1e-15);
  CHECK(pieces.begin() == 2.0);
}

TEST_CASE("flows and gradients of linear pieces are those of matrix exponentials", "[adjoint]") {
  const auto field = field_of(DepthBasis::pieces(knots));
  const Vec a0 = random(d, 1, "start");
  const Mat c = random(d, static_cast<Index>(outputs.size()), "loss");
  // Pieces that are alike, where no error control sees the knots, and others.
  const Vec B = random(p, 1, "B");
  for (const double unlike : {0.0, 0.5}) {
    CAPTURE(unlike);
    const Vec theta = B.replicate(n_knots, 1) + unlike * random(p * n_knots, 1, "pieces");
    Vec g, g_exact, again;
    const double L = exact(theta, a0, c, g_exact);
    const auto off = [&] { return (g - g_exact).norm() / g_exact.norm(); };
    // Adaptive: what rtol allows, times the few steps and the growth of errors.
    DiscreteFlow adaptive(field, 1, 0.0, outputs, {.rtol = 1e-10, .atol = 1e-12});
    CHECK(std::abs(solve(adaptive, theta, a0, c, g) - L) < 1e-8 * std::abs(L));
    CHECK(off() < 1e-8);
    for (const double at : {0.37, 0.8, 1.1}) CHECK(std::ranges::count(adaptive.depths(), at) == 1);
    Mat X(d, c.cols()), frozen(d, c.cols());
    adaptive.forward(theta, a0, X);
    adaptive.forward_frozen(theta, a0, frozen);
    CHECK(X == frozen);
    DiscreteFlow checkpointed(field, 1, 0.0, outputs,
                              {.rtol = 1e-10, .atol = 1e-12, .budget = 4 * d * sizeof(double)});
    solve(checkpointed, theta, a0, c, again);
    CHECK(checkpointed.cost().repeated_steps > 0);
    CHECK(again == g);
    for (const bool backsolve : {false, true})
      for (const char* solver : {"dopri5", "rosenbrock", "rk4"}) {  // rk4: no error control
        CAPTURE(backsolve, solver);
        auto flow = continuous(field, solver, backsolve);
        CHECK(std::abs(solve(flow, theta, a0, c, g) - L) < 1e-8 * std::abs(L));
        CHECK(off() < 1e-8);
        if (backsolve) CHECK(flow.cost().recovered_error < 1e-8);
      }
  }
}

TEST_CASE("steps that end at the breaks keep the order of every method", "[adjoint]") {
  // B_k = g_k M + h_k 1 commute: a(Z) = exp(sum_k W_k B_k) a(0) with W_k the integral of w_k, and
  // da(Z)/dg_k = W_k M a(Z).
  const Mat M = (Mat(2, 2) << 0.3, 2.0, -1.5, -0.4).finished();
  const double Z = 1.3;
  const Vec a0 = random(d, 1, "start"), gh = random(2 * n_knots, 1, "sizes");
  const Mat c = random(d, 1, "loss");
  const std::pair<const char*, DepthBasis> bases[] = {{"pieces", DepthBasis::pieces(knots)},
                                                      {"lines", DepthBasis::lines(knots)},
                                                      {"cubics", DepthBasis::cubics(knots)},
                                                      {"splines", DepthBasis::b_splines(4, 1.1)}};
  for (const auto& [name, basis] : bases) {
    // Gauss' rule of three points is exact for cubics, piece by piece.
    auto ends = knots;
    ends.push_back(Z);
    Vec W = Vec::Zero(n_knots);
    for (std::size_t i = 0; i + 1 < ends.size(); ++i)
      for (const double x : {-1.0, 0.0, 1.0}) {
        const double h = ends[i + 1] - ends[i], weight = (x == 0.0 ? 4.0 : 2.5) / 9.0;
        const auto at = basis.at(ends[i] + 0.5 * h * (1.0 + x * std::sqrt(0.6)));
        for (Index k = 0; k < at.count; ++k)
          W[at.first + k] += h * weight * at.w[static_cast<std::size_t>(k)];
      }
    Vec theta(n_knots * p);
    Mat integral = Mat::Zero(d, d);
    for (Index k = 0; k < n_knots; ++k) {
      const Mat B = gh[2 * k] * M + gh[2 * k + 1] * Mat::Identity(d, d);
      theta.segment(k * p, p) = B.transpose().reshaped();
      integral += W[k] * B;
    }
    const Vec end = exponential(integral) * a0;
    const auto error = [&](const char* method, Index steps) {
      DiscreteFlow flow(field_of(basis), 1, 0.0, {Z}, {.method = method, .steps = steps});
      Vec g;
      double worst = std::abs(solve(flow, theta, a0, c, g) - c.col(0).dot(end));
      for (Index k = 0; k < n_knots; ++k) {
        const double along = g.segment(d + k * p, p).dot(Vec(M.transpose().reshaped()));
        worst = std::max(worst, std::abs(along - W[k] * c.col(0).dot(M * end)));
      }
      for (std::size_t n = 0; n + 1 < flow.depths().size(); ++n)
        CHECK(flow.depths()[n + 1] - flow.depths()[n] <=
              Z / static_cast<double>(steps) * (1.0 + 1e-6));
      return worst;
    };
    for (const auto& [method, order] :
         std::map<const char*, int>{{"midpoint", 2}, {"heun2", 2}, {"rk4", 4}, {"dopri5", 5}}) {
      const double coarse = error(method, 56), fine = error(method, 112);
      CAPTURE(name, method, coarse, fine);
      // From 56 to 112 the steps of every piece double; the rest is the next order.
      CHECK(std::log2(coarse / fine) > order - 0.15);
    }
  }
}

TEST_CASE("Hessian products over breaks: of exact and of continuous adjoints", "[adjoint]") {
  const auto field = field_of(DepthBasis::pieces(knots));
  const Vec a0 = random(d, 1, "start"), theta = random(p * n_knots, 1, "pieces");
  const Vec v = random(p * n_knots, 1, "direction");
  const Mat c = random(d, static_cast<Index>(outputs.size()), "loss");
  // The tangent of the exact gradient, by differences of fourth order.
  const auto gradient = [&](double s) {
    Vec g;
    exact(theta + s * v, a0, c, g);
    return g;
  };
  const double s = 1e-3;
  const Vec expected =
      (8.0 * (gradient(s) - gradient(-s)) - gradient(2 * s) + gradient(-2 * s)) / (12.0 * s);
  const auto measured = [&](DifferentiableFlow& flow) {
    Mat X(d, c.cols()), dX(d, c.cols()), a_bar(d, 1);
    flow.forward(theta, a0, X);
    flow.forward_tangent(v, Mat::Zero(d, 1), dX);
    Vec Hv = Vec::Zero(theta.size()), all(d + theta.size());
    flow.backward_tangent(c, Mat::Zero(d, c.cols()), a_bar, Hv);
    all << a_bar, Hv;
    return all;
  };
  // J' c of a Gauss-Newton product is the gradient.
  const auto pulled = [&](DifferentiableFlow& flow) {
    Mat a_bar(d, 1);
    Vec theta_bar = Vec::Zero(theta.size()), all(d + theta.size());
    flow.backward_linear(c, a_bar, theta_bar);
    all << a_bar, theta_bar;
    return all;
  };
  const Vec g = gradient(0.0);
  DiscreteFlow discrete(field, 1, 0.0, outputs, {.rtol = 1e-10, .atol = 1e-12});
  CHECK((measured(discrete) - expected).norm() < 1e-8 * expected.norm());
  CHECK((pulled(discrete) - g).norm() < 1e-8 * g.norm());
  for (const bool backsolve : {false, true}) {
    auto flow = continuous(field, "dopri5", backsolve);
    CHECK((measured(flow) - expected).norm() < 1e-8 * expected.norm());
    CHECK((pulled(flow) - g).norm() < 1e-8 * g.norm());
  }
}

namespace {

// x' = 2 x before t = 1, then -x; a value of its own at the break.
struct Switched {
  [[nodiscard]] Index dim() const { return 1; }
  void rhs(In x, Out dxdt, double t) const {
    dxdt[0] = t < 1.0 ? 2.0 * x[0] : t > 1.0 ? -x[0] : 1e6;
  }
  void jvp(In, In v, Out Jv, double t) const {
    Jv[0] = (t < 1.0 ? 2.0 : t > 1.0 ? -1.0 : 1e6) * v[0];
  }
  [[nodiscard]] std::vector<double> breaks() const { return {1.0}; }
};

}  // namespace

TEST_CASE("what is made of a field or system has its breaks", "[adjoint]") {
  const Motion switched = AnySystem(Switched{});
  for (const auto& made :
       {tangent_motion(switched, 1, true), pair_motion(switched), difference_motion(switched)})
    CHECK(made.system()->breaks() == std::vector<double>{1.0});
  const auto field = field_of(DepthBasis::pieces(knots));
  CHECK(field->breaks() == std::vector<double>{0.37, 0.8, 1.1});
  CHECK(field_of(DepthBasis::lines(knots))->breaks() == knots);
  CHECK(with_divergence(field)->breaks() == field->breaks());
  const auto nested = varying_with_depth(field, DepthBasis::lines({0.5}));
  CHECK(nested->breaks() == std::vector<double>{0.37, 0.8, 1.1});
}

TEST_CASE("every solver of a run ends a step at a break", "[adjoint]") {
  const double expected = std::exp(2.0 - 0.7);
  for (const auto& entry : solvers().entries()) {
    CAPTURE(entry.name);
    // The break is on the grid of fixed steps: no shortened step starts a method anew.
    test::GivenFields given({{"rtol", 1e-8}, {"atol", 1e-10}, {"dt", 2.5e-3}});
    std::unique_ptr<Stepper> stepper, other;
    const auto make = [&] { return by_pieces(entry.make(given))(AnySystem(Switched{}), 1.0); };
    try {
      stepper = make();
      other = make();
    } catch (const Error&) {
      continue;  // methods of mechanics
    }
    std::vector<Archive> kept;  // checkpoints at the break and behind it
    stepper->reset(0.0, Vec::Ones(1));
    while (stepper->time() < 1.7) {
      if (!stepper->step(1.7).accepted || stepper->time() < 1.0) continue;
      if (kept.empty()) CHECK(stepper->time() == 1.0);
      if (kept.empty() || (kept.size() == 1 && stepper->time() < 1.7))
        stepper->save(kept.emplace_back(), "s");
    }
    REQUIRE(kept.size() == 2);
    for (const auto& archive : kept) {  // each goes on to the same bits
      other->reset(0.0, Vec::Ones(1));
      other->load(archive, "s");
      while (other->time() < 1.7) other->step(1.7);
      CHECK(other->state() == stepper->state());
    }
    CHECK(stepper->state()[0] == Approx(expected).epsilon(entry.name == "euler" ? 2e-2 : 1e-5));
  }
}
