// Preconditioned flows against their closed forms. Newton: the gradient decays like exp(-t)
// whatever the potential, every mode of a quadratic like exp(-t) whatever its eigenvalue. Natural
// gradient: the outputs' errors do.
#include <support/catch.hpp>
#include <support/run_helpers.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/models/catalogue.hpp>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <string>

using namespace thalweg;

TEST_CASE("the gradient along Newton's flow is exp(-t) times that at the start", "[geometry]") {
  const TemporaryDirectory tmp;
  run_text(R"(
seed = 1
model = { name = "logistic_regression", l2 = 0.05, data = { name = "iris" } }
dynamics = { name = "newton_flow" }
solver = { name = "dopri5", rtol = 1e-9, atol = 1e-12 }
time.end = 5.0
output.report = false
[[record]]
what = ["gradient_norm"]
when = { count = 11 }
)",
           tmp.file("run"));
  const auto t = read_back(tmp.file("run"), "/series/curves/time");
  const auto g = read_back(tmp.file("run"), "/series/curves/gradient_norm");
  REQUIRE(t.size() == 11);
  for (std::size_t i = 0; i < t.size(); ++i) {
    // rtol 1e-9 of parameters of size 1, against a gradient of size exp(-5); CG to 1e-10
    CHECK(g[i] == Approx(std::exp(-t[i]) * g[0]).epsilon(1e-6));
  }
}

TEST_CASE("every mode of an ill-conditioned valley decays alike", "[geometry]") {
  const TemporaryDirectory tmp;
  run_text(R"(
model = { name = "quadratic", spectrum = [1e-3, 1e-1, 1.0, 1e3], reflections = 0 }
start.state = [1.0, 2.0, 3.0, 4.0]
dynamics = { name = "newton_flow", tolerance = 1e-14 }
solver = { name = "dopri5", rtol = 1e-9, atol = 1e-12 }
time.end = 3.0
output.report = false
)",
           tmp.file("run"));
  const auto x = read_back(tmp.file("run"), "/final/state");
  for (std::size_t i = 0; i < 4; ++i)
    // tolerance times |g|/smallest eigenvalue is 4e-8, and rtol adds 1e-9 a step.
    CHECK(x[i] == Approx(std::exp(-3.0) * static_cast<double>(i + 1)).epsilon(1e-7));
}

TEST_CASE("Newton's flow names negative curvature and goes on with damping", "[geometry][error]") {
  const TemporaryDirectory tmp;
  const std::string text = R"(
model = { name = "double_well", dim = 2 }
start.state = [0.1, 1.2]
time.end = 1.0
output.report = false
)";
  const auto failed = run_text(text + "[dynamics]\nname = \"newton_flow\"\n", tmp.file("saddle"));
  CHECK(failed.outcome == Outcome::no_motion);
  CHECK_THAT(failed.message, Catch::Contains("negative curvature"));
  const auto damped =
      run_text(text + "[dynamics]\nname = \"newton_flow\"\ndamping = 5.0\n", tmp.file("damped"));
  CHECK(damped.outcome == Outcome::complete);
}

namespace {

std::vector<double> final_state(const std::string& toml) {
  const TemporaryDirectory tmp;
  const auto summary = run_text(
      toml + "solver = { name = \"dopri5\", rtol = 1e-9, atol = 1e-12 }\noutput.report = false\n",
      tmp.file("run"));
  INFO(summary.message);
  REQUIRE(summary.outcome == Outcome::complete);
  return read_back(tmp.file("run"), "/final/state");
}

const std::string saddle =
    "model = { name = \"quadratic\", spectrum = [-4.0, 0.01, 2.0], reflections = 0 }\n"
    "start.state = [1e-2, 2.0, 3.0]\ntime.end = 2.0\n";

}  // namespace

TEST_CASE("Newton's flow followed past convexity is drawn to the saddle, |H| leaves it",
          "[geometry]") {
  const auto follow =
      final_state(saddle +
                  "dynamics = { name = \"newton_flow\", negative_curvature = \"follow\", "
                  "tolerance = 1e-13 }\n");
  const auto absolute =
      final_state(saddle +
                  "dynamics = { name = \"newton_flow\", negative_curvature = \"absolute\", "
                  "tolerance = 1e-13 }\n");
  const double start[] = {1e-2, 2.0, 3.0};
  for (std::size_t i = 0; i < 3; ++i) {
    // tolerance times |g| / |smallest eigenvalue| is 6e-11; rtol adds about 1e-9 a step
    CHECK(follow[i] == Approx(std::exp(-2.0) * start[i]).epsilon(1e-7));
    CHECK(absolute[i] == Approx(std::exp(i == 0 ? 2.0 : -2.0) * start[i]).epsilon(1e-7));
  }
}

TEST_CASE("natural-gradient flow decays the errors of all outputs like exp(-t)", "[geometry]") {
  // 8 samples with one output and 25 parameters: J has full row rank. f - y is e^{-t} (f0 - y), so
  // the loss falls like e^{-2t} however curved the network is.
  const TemporaryDirectory tmp;
  const auto summary = run_text(R"(
seed = 3
model = { name = "mlp", hidden = [8], data = { name = "chebyshev", samples = 8, degree = 2 } }
dynamics = { name = "natural_gradient_flow", damping = 0, tolerance = 1e-12, matrix = "fisher" }
solver = { name = "dopri5", rtol = 1e-9, atol = 1e-12 }
time.end = 2.0
output.report = false
[[record]]
what = ["loss"]
when = { count = 5 }
)",
                                tmp.file("run"));
  INFO(summary.message);
  REQUIRE(summary.outcome == Outcome::complete);
  const auto t = read_back(tmp.file("run"), "/series/curves/time");
  const auto L = read_back(tmp.file("run"), "/series/curves/loss");
  // tolerance 1e-12 of the gradient, against the smallest eigenvalues of J J' of about 1e-6
  for (std::size_t i = 0; i < t.size(); ++i)
    CHECK(L[i] == Approx(std::exp(-2.0 * t[i]) * L[0]).epsilon(1e-5));
}

TEST_CASE("damping slows the mode of Fisher eigenvalue f to the rate f/(f + damping)",
          "[geometry]") {
  const TemporaryDirectory tmp;
  const std::string text = R"(
model = { name = "linear_regression", bias = false, data = { name = "iris" } }
time.end = 1.5
output.report = false
solver = { name = "dopri5", rtol = 1e-10, atol = 1e-13 }
)";
  run_text(text + "dynamics = { name = \"natural_gradient_flow\", damping = 0.5 }\n",
           tmp.file("run"));
  const auto moved = read_back(tmp.file("run"), "/final/state");
  // The eigenvectors of F = X'X/n are those of the flow: solve there by hand.
  const auto config = Config::from_text("data.name = \"iris\"\nbias = false\n", "test.toml");
  ConfigReader reader(config);
  const AnyPotential p = *models().at("linear_regression").make(reader).potential();
  const Index n = p.dim();
  Mat F(n, n);
  p.at(Vec::Zero(n), CurvatureKind::fisher)->hvp(Mat::Identity(n, n), F);
  Vec g(n);
  p.gradient(Vec::Zero(n), g);
  const Eigen::SelfAdjointEigenSolver<Mat> eigen(F);
  Vec modes = eigen.eigenvectors().transpose() * -g;
  for (Index k = 0; k < n; ++k) {
    const double f = eigen.eigenvalues()[k];
    modes[k] *= -std::expm1(-1.5 * f / (f + 0.5)) / f;
  }
  const Vec expected = eigen.eigenvectors() * modes;
  CHECK((Eigen::Map<const Vec>(moved.data(), n) - expected).norm() <= 1e-8 * expected.norm());
}

TEST_CASE("diagonal flow decays an axis-aligned valley alike, with exact or estimated diagonal",
          "[geometry]") {
  const std::string valley =
      "model = { name = \"quadratic\", spectrum = [1e-2, 1.0, 1e2], reflections = 0 }\n"
      "start.state = [1.0, 2.0, 3.0]\ntime.end = 1.0\n";
  for (const char* probes : {"0", "3"}) {  // signs cancel where there is nothing off the diagonal
    const auto x = final_state(valley +
                               "dynamics = { name = \"diagonal_flow\", damping = 1e-9, "
                               "probes = " +
                               probes + " }\n");
    for (std::size_t i = 0; i < 3; ++i)  // the damping is 1e-7 of the smallest eigenvalue
      CHECK(x[i] == Approx(std::exp(-1.0) * static_cast<double>(i + 1)).epsilon(1e-6));
  }
}

TEST_CASE("preconditioned flows say what they lack", "[geometry][error]") {
  const std::string text = "model.name = \"rosenbrock\"\ntime.end = 1.0\n";
  CHECK_THAT(
      complaint_about(text + "dynamics.name = \"natural_gradient_flow\"\n"),
      Catch::Contains("needs a Fisher matrix, which exists for losses of outputs over samples"));
  CHECK_THAT(
      complaint_about(text + "dynamics = { name = \"diagonal_flow\", matrix = \"fisher\" }\n"),
      Catch::Contains("needs a Fisher matrix, which exists for losses of outputs over samples"));
  CHECK_THAT(complaint_about(text + "dynamics = { name = \"diagonal_flow\", matrix = \"fish\" }\n"),
             Catch::Contains("\"fisher\""));
}
