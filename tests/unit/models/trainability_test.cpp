#include <support/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/trainability/trainability.hpp>
#include <vector>

using namespace thalweg;
using mlp_kernel::Activation;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
const auto go_on = [] { return false; };

double phi(Activation a, double z) {
  return a == Activation::tanh ? std::tanh(z) : a == Activation::relu ? std::max(z, 0.0) : z;
}
double slope(Activation a, double z) {
  return a == Activation::tanh   ? 1.0 - std::pow(std::tanh(z), 2)
         : a == Activation::relu ? (z > 0.0 ? 1.0 : 0.0)
                                 : 1.0;
}

// The same network sample by sample, as one would write it on paper.
struct Plain {
  const TrainingTask& task;
  Mat W;
  Vec w;

  explicit Plain(const TrainingTask& t) : task(t), W(t.W), w(t.w) {}

  double loss(Mat* G = nullptr, Vec* g = nullptr) const {
    double sum = 0.0;
    const auto n = static_cast<double>(task.y.size());
    for (Index s = 0; s < task.y.size(); ++s) {
      const Vec z = W.transpose() * task.x.row(s).transpose();
      double f = 0.0;
      for (Index j = 0; j < w.size(); ++j) f += w[j] * phi(task.activation, z[j]);
      const double r = task.output_scale * f - task.y[s];
      sum += r * r / n;
      if (!G) continue;
      for (Index j = 0; j < w.size(); ++j) {
        const double e = 2.0 / n * r * task.output_scale;
        (*g)[j] += e * phi(task.activation, z[j]);
        G->col(j) += e * w[j] * slope(task.activation, z[j]) * task.x.row(s).transpose();
      }
    }
    return sum;
  }

  double step(double eta_W, double eta_w) {
    Mat G = Mat::Zero(W.rows(), W.cols());
    Vec g = Vec::Zero(w.size());
    const double before = loss(&G, &g);
    W -= eta_W * G;
    w -= eta_w * g;
    return before;
  }
};

// Shapes that fill no register block and no tile.
TrainingTask odd_task(Activation activation) {
  Rng rng(3, "test");
  TrainingTask t;
  t.activation = activation;
  t.output_scale = 0.4;
  t.x = Mat(23, 3);
  t.W = Mat(3, 6);
  t.y = Vec(23);
  t.w = Vec(6);
  for (auto* m : {&t.x, &t.W})
    for (Index i = 0; i < m->size(); ++i) m->data()[i] = rng.normal();
  rng.fill_normal(t.y);
  rng.fill_normal(t.w);
  return t;
}

struct Curve {
  std::vector<double> losses;
  Vec theta;
  Index needed = 0;
};

std::vector<Curve> train(const ManyTrainings& trainings, const std::vector<double>& eta_W,
                         const std::vector<double>& eta_w) {
  std::vector<Curve> all(eta_W.size());
  REQUIRE(trainings.run(
      eta_W, eta_w,
      [&](const Trained& t) {
        all[static_cast<std::size_t>(t.network)] = {
            {t.losses.begin(), t.losses.end()}, t.theta, t.needed};
      },
      go_on));
  return all;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

}  // namespace

TEST_CASE("many trainings are what each network would do alone, written out", "[trainability]") {
  const auto activation = GENERATE(Activation::tanh, Activation::relu, Activation::identity);
  const auto task = odd_task(activation);
  const std::vector<double> eta_W = {0.01, 0.3, 0.1, 0.05, 0.2, 0.0, 0.02, 0.4, 0.11, 0.07, 0.6},
                            eta_w = {0.02, 0.1, 0.3, 0.05, 0.0, 0.2, 0.04, 0.1, 0.13, 0.09, 0.5};
  const auto curves = train(ManyTrainings(task, 60), eta_W, eta_w);
  for (std::size_t k = 0; k < eta_W.size(); ++k) {
    Plain plain(task);
    for (std::size_t t = 0; t < 60; ++t) {
      const double loss = plain.step(eta_W[k], eta_w[k]);
      // Sums in another order, over 60 steps that contract: some hundred roundings.
      CHECK(curves[k].losses[t] == Approx(loss).epsilon(1e-11));
    }
    Vec theta(24);
    for (Index i = 0; i < 3; ++i) theta.segment(6 * i, 6) = plain.W.row(i).transpose();
    theta.tail(6) = plain.w;
    CHECK((curves[k].theta - theta).norm() < 1e-10 * theta.norm());
  }
}

TEST_CASE("one step of descent is minus the gradient by differences", "[trainability]") {
  const auto activation = GENERATE(Activation::tanh, Activation::relu, Activation::identity);
  const auto task = odd_task(activation);
  const auto moved = train(ManyTrainings(task, 1), {1.0, 0.0}, {0.0, 1.0});
  const double h = 1e-5;  // error h^2 of the loss's third derivative, and 1e-16 / h of rounding
  for (Index p = 0; p < 24; ++p) {
    Plain up(task), down(task);
    (p < 18 ? up.W(p / 6, p % 6) : up.w[p - 18]) += h;
    (p < 18 ? down.W(p / 6, p % 6) : down.w[p - 18]) -= h;
    const double start = p < 18 ? task.W(p / 6, p % 6) : task.w[p - 18];
    const double g = start - moved[p < 18 ? 0 : 1].theta[p];
    CHECK(g == Approx((up.loss() - down.loss()) / (2.0 * h)).epsilon(0.0).margin(1e-8));
  }
}

TEST_CASE("a network has the same bits in any company, and when it is given up early",
          "[trainability]") {
  const auto task = odd_task(Activation::tanh);
  std::vector<double> eta_W, eta_w;  // from slow through chaotic to lost
  for (int k = 0; k < 37; ++k) {
    eta_W.push_back(std::pow(10.0, -2.0 + 0.2 * k));
    eta_w.push_back(std::pow(10.0, 3.0 - 0.17 * k));
  }
  const auto all = train(ManyTrainings(task, 150), eta_W, eta_w);
  const auto to_the_end = train(ManyTrainings(task, 150, false), eta_W, eta_w);
  Index lost = 0;
  for (std::size_t k = 0; k < eta_W.size(); ++k) {
    const auto alone = train(ManyTrainings(task, 150), {eta_W[k]}, {eta_w[k]});
    CHECK(same_bits(all[k].losses, alone[0].losses));
    CHECK(same_bits(all[k].losses, to_the_end[k].losses));
    CHECK(all[k].needed == to_the_end[k].needed);
    if (!std::isnan(all[k].losses.back())) continue;
    ++lost;
    CHECK(std::isnan(all[k].losses[static_cast<std::size_t>(all[k].needed - 1)]));
  }
  CHECK(lost > 5);
  CHECK(lost < 30);
}

TEST_CASE("a run of many trainings can be stopped, and refuses what does not fit",
          "[trainability]") {
  auto task = odd_task(Activation::tanh);
  const std::vector<double> eta(3, 0.1);
  CHECK_FALSE(ManyTrainings(task, 5).run(
      eta, eta, [](const Trained&) {}, [] { return true; }));
  CHECK_THROWS_AS(ManyTrainings(task, 0), ModelError);
  task.activation = Activation::gelu;
  CHECK_THROWS_AS(ManyTrainings(task, 5), ModelError);
  task.activation = Activation::tanh;
  task.y.conservativeResize(5);
  CHECK_THROWS_AS(ManyTrainings(task, 5), ModelError);
}

TEST_CASE("the measure of convergence by hand", "[trainability]") {
  const std::vector<double> falls = {4.0, 2.0, 1.0};
  CHECK(convergence_measure(falls) == 1.75);  // 1 + 1/2 + 1/4, mean below 1
  const std::vector<double> rises = {1.0, 2.0, 8.0};
  CHECK(convergence_measure(rises) == -1.625);  // 1 + 1/2 + 1/8
  const std::vector<double> lost = {1.0, 1e9, std::numeric_limits<double>::infinity(),
                                    not_a_number};
  CHECK(convergence_measure(lost) == Approx(-1.000003).epsilon(1e-15));
  std::vector<double> late(100, 1e9);  // the last 20 alone decide
  late[0] = 1.0;
  std::fill(late.end() - 20, late.end(), 0.5);
  CHECK(convergence_measure(late) == Approx(1.0 + 79e6 + 10.0));
  std::fill(late.end() - 20, late.end(), 1.0);
  CHECK(convergence_measure(late) < 0.0);
}

TEST_CASE("the task of trainability has the published shapes", "[trainability]") {
  Trainability recipe;
  auto task = recipe.task(1);
  CHECK(task.x.rows() == 272);  // as many samples as parameters, 16^2 + 16
  CHECK(task.W.rows() == 16);
  CHECK(task.output_scale == 1.0 / 16.0);  // 1/sqrt(fan-in) and once more
  // z = sqrt(2) x W / sqrt(16): entries of variance 2/16; 4352 of them, 4 sd of their variance
  CHECK(task.x.squaredNorm() / 4352.0 == Approx(0.125).epsilon(4.0 * std::sqrt(2.0 / 4352.0)));
  recipe.width = 8;
  CHECK(recipe.task(1).x.rows() == 72);
  recipe.activation = "identity";
  task = recipe.task(1);
  CHECK(task.x.rows() == 8);
  CHECK(task.x.squaredNorm() / 64.0 == Approx(0.125).epsilon(4.0 * std::sqrt(2.0 / 64.0)));
  // one network, so the field agrees with the measure of its own curve
  const double x = 0.3, y = -0.2;
  double value = 0.0;
  const auto work = recipe(1)->evaluate({&x, 1}, {&y, 1}, {&value, 1}, go_on);
  CHECK(work == 500);
  const auto curve = train(ManyTrainings(task, 500), {std::pow(10.0, x)}, {std::pow(10.0, y)});
  CHECK(value == convergence_measure(curve[0].losses));
}
