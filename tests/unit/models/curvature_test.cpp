// Gauss-Newton and Fisher matrices, third derivatives and blocks of the network potentials, checked
// between models that compute the same thing in different ways.
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/curvature.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>

#include <Eigen/Eigenvalues>
#include <string>

#include "support/catch.hpp"

using namespace thalweg;

namespace {

AnyPotential model(const char* name, const std::string& toml) {
  const auto config = Config::from_text(toml, "test.toml");
  ConfigReader reader(config);
  return *models().at(name).make(reader).potential();
}

Mat dense(const AnyPotential& p, In q, CurvatureKind kind) {
  Mat C(p.dim(), p.dim());
  p.at(q, kind)->hvp(Mat::Identity(p.dim(), p.dim()), C);
  return C;
}

Vec point(Index n, double size = 0.4) {
  Rng rng(5, "point");
  Vec q(n);
  rng.fill_normal(q);
  return size * q;
}

constexpr CurvatureKind kinds[] = {CurvatureKind::hessian, CurvatureKind::gauss_newton,
                                   CurvatureKind::fisher, CurvatureKind::empirical_fisher};

// Sums over samples in another order.
constexpr double rounding = 1e-12;

}  // namespace

TEST_CASE("a deep linear network and an identity network have the same curvature", "[curvature]") {
  const AnyPotential closed = model("deep_linear",
                                    "inputs = \"data\"\nhidden = [4, 3]\n"
                                    "start = \"random\"\ndata.name = \"iris\"\nscale = 1.5");
  const AnyPotential kernel = model("mlp",
                                    "hidden = [4, 3]\nactivation = \"identity\"\n"
                                    "loss = \"mse\"\nbias = false\ndata.name = \"iris\"\n"
                                    "scale = 1.5");
  REQUIRE(closed.dim() == kernel.dim());
  const Vec q = point(closed.dim());
  for (const CurvatureKind kind : kinds) {
    INFO(curvature_title(kind));
    const Mat a = dense(closed, q, kind), b = dense(kernel, q, kind);
    CHECK((a - b).norm() <= rounding * b.norm());
  }
  const Vec u = point(q.size()).reverse();
  Mat V(q.size(), 3), Ta(q.size(), 3), Tb(q.size(), 3);
  for (Index j = 0; j < 3; ++j) V.col(j) = Vec::Unit(q.size(), 5 * j + 1) - 0.5 * u;
  closed.third_block(q, u, V, Ta);
  kernel.third_block(q, u, V, Tb);
  CHECK((Ta - Tb).norm() <= rounding * Tb.norm());
  Vec single(q.size());
  kernel.third(q, u, V.col(2), single);
  CHECK((single - Tb.col(2)).norm() == 0.0);
}

TEST_CASE("linear regression and a network without hidden layers have the same curvature",
          "[curvature]") {
  const std::string common = "data.name = \"iris\"\nl2 = 0.3\nscale = 2\n";
  const AnyPotential closed = model("linear_regression", common);
  const AnyPotential kernel = model("mlp", common + "hidden = []\nloss = \"mse\"\n");
  REQUIRE(closed.dim() == kernel.dim());
  const Vec q = point(closed.dim());
  for (const CurvatureKind kind : kinds) {
    INFO(curvature_title(kind));
    const Mat a = dense(closed, q, kind), b = dense(kernel, q, kind);
    CHECK((a - b).norm() <= rounding * b.norm());
  }
  // Linear in the parameters: nothing is lost by linearising; Fisher knows no regulariser.
  CHECK((dense(kernel, q, CurvatureKind::hessian) - dense(kernel, q, CurvatureKind::gauss_newton))
            .norm() <= rounding);
  CHECK((dense(kernel, q, CurvatureKind::gauss_newton) - dense(kernel, q, CurvatureKind::fisher) -
         0.3 * Mat::Identity(q.size(), q.size()))
            .norm() <= rounding);
}

TEST_CASE("the Fisher matrix is the mean over the network's own labels", "[curvature]") {
  // E_y over the classes of sample s: the empirical matrix with each class as label, weighted by
  // the predicted probability. Here by hand: softmax regression, g = (p - e_y) x~^T.
  const AnyPotential p = model("mlp", "hidden = []\nbias = false\ndata.name = \"iris\"\n");
  const Vec q = point(p.dim(), 0.8);
  const Mat fisher = dense(p, q, CurvatureKind::fisher);
  // From the Hessian of the convex loss, which for softmax regression does not see the labels.
  CHECK((fisher - dense(p, q, CurvatureKind::hessian)).norm() <= rounding * fisher.norm());
  // The empirical one does, and is another matrix.
  const Mat empirical = dense(p, q, CurvatureKind::empirical_fisher);
  CHECK((fisher - empirical).norm() > 0.1 * fisher.norm());
  CHECK(Eigen::SelfAdjointEigenSolver<Mat>(empirical).eigenvalues()[0] >= -1e-14);
}

TEST_CASE("the Gauss-Newton matrix of softmax has rank n (C - 1) at most and is not negative",
          "[curvature]") {
  const AnyPotential p =
      model("mlp", "hidden = [6]\ndata.name = \"two_moons\"\ndata.samples = 10\n");
  const Vec q = point(p.dim(), 0.8);
  const Vec lambda =
      Eigen::SelfAdjointEigenSolver<Mat>(dense(p, q, CurvatureKind::gauss_newton)).eigenvalues();
  const auto training = p.samples();
  REQUIRE(p.dim() > training);
  CHECK(lambda[0] >= -1e-14 * lambda[lambda.size() - 1]);
  CHECK((lambda.array() > 1e-13 * lambda[lambda.size() - 1]).count() <= training);
}

TEST_CASE("a block of curvature is the block of the dense matrix", "[curvature]") {
  const AnyPotential p = model("mlp", "hidden = [4, 3]\ndata.name = \"iris\"\n");
  const Vec q = point(p.dim());
  for (const CurvatureKind kind : kinds) {
    const Mat whole = dense(p, q, kind);
    for (const std::string name : {"layer2", "W2", "b3"}) {
      const ParameterPart part = parameter_part(p.layout(), name);
      const Index n = part.size(), first = part.ranges.front().offset;
      Mat block(n, n);
      diagonal_block(p.at(q, kind), part, p.dim())->hvp(Mat::Identity(n, n), block);
      INFO(curvature_title(kind) << ", " << name);
      CHECK((block - whole.block(first, first, n, n)).norm() <= rounding * whole.norm());
    }
  }
  CHECK(parameter_part(p.layout(), "layer2").size() == 4 * 3 + 3);
  CHECK_THROWS_WITH(parameter_part(p.layout(), "layer9"),
                    "there is no block of parameters \"layer9\"; there are W1, layer1, b1, W2, "
                    "layer2, b2, W3, layer3, b3");
}

TEST_CASE("products of any matrix are counted where they are made", "[curvature]") {
  const AnyPotential p = model("mlp", "hidden = [4]\ndata.name = \"iris\"\n").with_own_counts();
  const Vec q = point(p.dim());
  dense(p, q, CurvatureKind::gauss_newton);
  CHECK(p.counts().hessian_products == p.dim());
  CHECK(p.counts().gradients == 0);
}

TEST_CASE("a potential without Gauss-Newton matrix says so", "[curvature]") {
  const AnyPotential p(Rosenbrock{});
  CHECK(p.has_curvature(CurvatureKind::hessian));
  CHECK_FALSE(p.has_curvature(CurvatureKind::fisher));
  CHECK_THROWS_WITH(p.at(Vec::Zero(2), CurvatureKind::fisher),
                    "this potential has no Fisher matrix: add curvature(q, kind)");
  CHECK_FALSE(model("deep_linear", "").has_curvature(CurvatureKind::empirical_fisher));
}

namespace {

struct GradientOnly {
  static constexpr bool hessian_by_differences = true;
  Rosenbrock exact{.n = 6};
  [[nodiscard]] Index dim() const { return 6; }
  [[nodiscard]] double value(In q) const { return exact.value(q); }
  void gradient(In q, Out g) const { exact.gradient(q, g); }
};

}  // namespace

TEST_CASE("Hessian products by differences are asked for and named", "[curvature]") {
  const AnyPotential p{GradientOnly{}};
  REQUIRE(p.has_hvp());
  CHECK(p.derivatives() == Derivatives::hessian_by_differences);
  CHECK(std::string(to_text(p.derivatives())).find("approximate") != std::string::npos);
  const Vec q = point(6), v = point(6, 2.0).reverse();
  Vec Hv(6), exact(6);
  p.hvp(q, v, Hv);
  GradientOnly{}.exact.hvp(q, v, exact);
  // The gradient is a cubic, so the fourth-order formula has rounding errors alone: eps |g| / s.
  CHECK((Hv - exact).norm() <= 1e-10 * exact.norm());
  Mat block(6, 1);
  p.at(q)->hvp(v, block);
  CHECK((block - Hv).norm() == 0.0);
  p.hvp(q, Vec::Zero(6), Hv);
  CHECK(Hv.norm() == 0.0);
}
