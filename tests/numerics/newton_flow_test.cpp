// Newton's flow against its closed form: the gradient decays like exp(-t) whatever the potential,
// every mode of a quadratic like exp(-t) whatever its eigenvalue.
#include <support/catch.hpp>
#include <support/run_helpers.hpp>

#include <cmath>

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
  CHECK_FALSE(success(failed.outcome));
  CHECK_THAT(failed.message, Catch::Contains("negative curvature"));
  const auto damped =
      run_text(text + "[dynamics]\nname = \"newton_flow\"\ndamping = 5.0\n", tmp.file("damped"));
  CHECK(damped.outcome == Outcome::complete);
}
