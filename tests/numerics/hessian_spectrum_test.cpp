// Analyses of a network's Hessian against its dense spectrum.
#include <support/catch.hpp>
#include <support/reference_motion.hpp>
#include <support/run_helpers.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/dynamics/gradient_flow.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>
#include <thalweg/numerics/dense.hpp>
#include <thalweg/numerics/finite_difference.hpp>
#include <thalweg/numerics/stochastic_lanczos.hpp>
#include <thalweg/run/analyses/hessian_eigenvalues.hpp>
#include <thalweg/run/analyze.hpp>
#include <thalweg/run/assembly.hpp>

using namespace thalweg;

namespace {

const std::string network = R"(
seed = 2
[model]
name = "mlp"
hidden = [8]
activation = "tanh"
loss = "cross_entropy"
data = { name = "digits", samples = 500 }
[dynamics]
name = "gradient_descent"
learning_rate = 0.5
[time]
steps = 60
[output]
report = false
[[analysis]]
name = "spectrum"
when = { steps = 10 }
method = { name = "hessian_eigenvalues", largest = 10, smallest = 3, tolerance = 1e-9, max_products = 3000 }
[[analysis]]
name = "density"
when = { count = 2 }
method = { name = "hessian_density" }
)";

// The same potential, by its own Hessian products, from the stored state.
Vec dense_spectrum(const std::string& directory) {
  const auto config = Config::from_text(network, "test.toml");
  const Assembly parts(config);
  const auto& potential = *parts.motion.potential();
  const auto x = read_back(directory, "/final/state");
  const Vec q = Eigen::Map<const Vec>(x.data(), static_cast<Index>(x.size()));
  Mat H(q.size(), q.size());
  potential.at(q)->hvp(Mat::Identity(q.size(), q.size()), H);
  CHECK((H - H.transpose()).cwiseAbs().maxCoeff() < 1e-12 * H.norm());
  return symmetric_eigenvalues(0.5 * (H + H.transpose()));
}

// Wasserstein-1 distance of two discrete distributions: the area between their cumulative sums.
double wasserstein(std::vector<std::pair<double, double>> a,
                   const std::vector<std::pair<double, double>>& b) {
  for (const auto& [x, w] : b) a.emplace_back(x, -w);
  std::sort(a.begin(), a.end());
  double area = 0.0, difference = 0.0;
  for (std::size_t i = 0; i + 1 < a.size(); ++i) {
    difference += a[i].second;
    area += std::abs(difference) * (a[i + 1].first - a[i].first);
  }
  return area;
}

}  // namespace

TEST_CASE("analyses agree with the dense Hessian, and a resumed run with the whole one",
          "[geometry]") {
  const TemporaryDirectory tmp;
  run_text(network, tmp.file("whole"));
  const Vec exact = dense_spectrum(tmp.file("whole"));
  const Index n = exact.size();
  const auto values = read_back(tmp.file("whole"), "/series/spectrum/eigenvalue");
  const double* last = values.data() + values.size() - 13;
  for (Index i = 0; i < 10; ++i) CHECK(std::abs(last[i] - exact[n - 1 - i]) < 1e-8);
  for (Index i = 0; i < 3; ++i) CHECK(std::abs(last[10 + i] - exact[i]) < 1e-8);
  const auto share = read_back(tmp.file("whole"), "/series/spectrum/gradient_share");
  CHECK((share.back() > 0.0 && share.back() <= 1.0));

  const auto nodes = read_back(tmp.file("whole"), "/series/density/quadrature_node");
  const auto weights = read_back(tmp.file("whole"), "/series/density/quadrature_weight");
  constexpr std::size_t per_row = 900;  // 10 probes of 90 nodes
  std::vector<std::pair<double, double>> quadrature, truth;
  for (std::size_t i = nodes.size() - per_row; i < nodes.size(); ++i)
    quadrature.emplace_back(nodes[i], weights[i] / 10.0);
  for (const double x : exact) truth.emplace_back(x, 1.0 / static_cast<double>(n));
  // What 90 steps and 10 probes are said to reach: Chen, Trogdon and Ubaru, ICML 2021.
  CHECK(wasserstein(quadrature, truth) <= 2e-3 * (exact[n - 1] - exact[0]));
  const auto trace = read_back(tmp.file("whole"), "/series/density/trace").back();
  const auto error = read_back(tmp.file("whole"), "/series/density/trace_error").back();
  CHECK(std::abs(trace - exact.sum()) < 5.0 * error);  // t with 9 degrees: once in 1400

  REQUIRE(run_text(network + "[limits]\nmax_steps = 37\n", tmp.file("parts")).outcome ==
          Outcome::step_budget);
  resume_in(tmp.file("parts"), {"limits.max_steps=10000000"});
  for (const char* name :
       {"/series/spectrum/eigenvalue", "/series/spectrum/products", "/series/spectrum/branch",
        "/series/spectrum/gradient_share", "/series/density/density_high"})
    CHECK(read_back(tmp.file("parts"), name) == read_back(tmp.file("whole"), name));
  const auto overlap = read_back(tmp.file("whole"), "/series/spectrum/subspace_overlap");
  auto resumed = read_back(tmp.file("parts"), "/series/spectrum/subspace_overlap");
  CHECK(std::isnan(overlap.front()));
  for (std::size_t i = 1; i < overlap.size(); ++i) {
    CHECK(resumed[i] == overlap[i]);
    CHECK((overlap[i] > 10.0 / static_cast<double>(n) && overlap[i] <= 1.0));
  }
  // The Hessian of a network is indefinite, which is said, not hidden in a number.
  const auto status = read_back(tmp.file("whole"), "/series/spectrum/condition_status");
  for (const double s : status) CHECK(s == 2.0);
}

TEST_CASE("stored states analysed afterwards give what the run itself found, to the bit",
          "[geometry]") {
  // The schedule of the states is that of the analysis, whose series has the name of its method.
  auto text = network;
  text.replace(text.find("\"spectrum\""), 10, "\"hessian_eigenvalues\"");
  text += "[[record]]\nwhat = [\"state\"]\nwhen = { steps = 10 }\n";
  const TemporaryDirectory tmp;
  run_text(text, tmp.file("run"));
  AnalyzeRequest request;
  request.directory = tmp.file("run");
  request.what = "hessian_eigenvalues";
  request.set = {"largest=10", "smallest=3", "tolerance=1e-9", "max_products=3000"};
  const auto summary = analyze(request);
  CHECK(summary.exit_code() == 0);
  REQUIRE(summary.results.at(0).rows == 7);
  const auto later = h5::File::open(tmp.file("run/analysis/hessian_eigenvalues.h5"));
  const std::string group = "/series/hessian_eigenvalues/";
  for (const char* name : {"eigenvalue", "residual", "branch", "products", "gradient_share"})
    CHECK(later.read(group + name) == read_back(tmp.file("run"), group + name));
  CHECK(later.read(group + "time") ==
        read_back(tmp.file("run"), group + "time_hessian_eigenvalues"));
}

TEST_CASE("data that changed since the run are not analysed", "[geometry][error]") {
  const TemporaryDirectory tmp;
  const auto csv = [&](double y) {
    std::ofstream(tmp.file("data.csv")) << "x,y\n0,1\n1,2\n2," << y << "\n";
  };
  csv(3.0);
  run_text(
      "[model]\nname = \"mlp\"\nhidden = [3]\ndata = { name = \"csv\", task = \"regression\", file "
      "= \"" +
          tmp.file("data.csv") + "\" }\n[time]\nend = 0.1\n[output]\nreport = false\n",
      tmp.file("run"));
  csv(4.0);
  AnalyzeRequest request;
  request.directory = tmp.file("run");
  CHECK_THROWS_WITH(analyze(request), Catch::Matchers::Contains("the data have changed"));
  csv(3.0);
  CHECK(analyze(request).exit_code() == 0);
}

TEST_CASE("a row that starts anew is drafted by gradients and measured by products", "[geometry]") {
  const TemporaryDirectory tmp;
  run_text(R"(
seed = 2
model = { name = "mlp", hidden = [8], loss = "cross_entropy", data = { name = "digits", samples = 500 } }
dynamics = { name = "gradient_descent", learning_rate = 0.5 }
time.steps = 4
output.report = false
[[analysis]]
name = "whole"
when = { steps = 2 }
method = { name = "hessian_eigenvalues", cold_every = 2, probe = 5 }
[[analysis]]
name = "part"
method = { name = "hessian_eigenvalues", block = "layer2", largest = 2, smallest = 1 }
[[analysis]]
name = "other"
method = { name = "hessian_eigenvalues", matrix = "gauss_newton" }
)",
           tmp.file("run"));
  const auto at = [&](const char* name) {
    return read_back(tmp.file("run"), std::string("/series/") + name);
  };
  const auto products = at("whole/products"), gradients = at("whole/gradients");
  CHECK((products[0] == 6.0 && products[2] == 6.0));  // one for each pair
  CHECK((gradients[0] > 6.0 && gradients[2] > 6.0));
  CHECK(gradients[1] == 0.0);
  CHECK((at("part/products")[0] == 3.0 && at("part/gradients")[0] > 3.0));
  CHECK((at("other/products")[0] > 6.0 && at("other/gradients")[0] == 0.0));
  // The last row is at the final state; an eigenvalue is within its residual of the dense one.
  const Vec exact = dense_spectrum(tmp.file("run"));
  const auto value = at("whole/eigenvalue"), residual = at("whole/residual");
  for (std::size_t i = 0; i < 6; ++i) {
    const double dense = i < 5 ? exact[exact.size() - 1 - static_cast<Index>(i)] : exact[0];
    CHECK(std::abs(value[12 + i] - dense) <= residual[12 + i]);
    CHECK(residual[12 + i] <= 1e-3 * exact.cwiseAbs().maxCoeff());
  }
}

TEST_CASE("the condition number of a quadratic, with its error bound", "[geometry]") {
  const TemporaryDirectory tmp;
  run_text(R"(
model = { name = "quadratic", spectrum = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 24.0, 100.0] }
time.end = 0.1
output.report = false
[[analysis]]
when = { count = 3 }
method = { name = "hessian_eigenvalues", largest = 2 }
)",
           tmp.file("run"));
  const auto value = read_back(tmp.file("run"), "/series/spectrum/condition_number");
  const auto error = read_back(tmp.file("run"), "/series/spectrum/condition_error");
  const auto status = read_back(tmp.file("run"), "/series/spectrum/condition_status");
  REQUIRE(value.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(status[i] == 1.0);
    CHECK(std::abs(value[i] - 400.0) <= error[i] + 1e-10);
    CHECK(error[i] < 400.0);
  }
}

TEST_CASE("what an analysis needs is told in advance, and is kept to", "[geometry][error]") {
  const HessianEigenvalues usual;
  CHECK(usual.memory(1'000'000) == 8e6 * (60 + 10 * 6 + 15));
  HessianEigenvalues tight;
  tight.memory_limit = 800.0;
  CHECK(tight.memory(1'000'000) <= 800e6);
  CHECK_THAT(complaint_about("model = { name = \"rosenbrock\", dim = 10000 }\ntime.end = 1.0\n"
                             "[[analysis]]\nmethod.memory_limit = 3.0\n"),
             Catch::Matchers::EndsWith("needs 7.6 MB for 6 eigenvalues of 10000 parameters and "
                                       "memory_limit is 3; raise it, or lower largest or "
                                       "smallest"));
  CHECK_THAT(complaint_about("model = { name = \"rosenbrock\", dim = 20 }\ntime.end = 1.0\n"
                             "[[analysis]]\nmethod.memory_limit = 0.001\n"),
             Catch::Contains("memory_limit is 0.001"));
}

TEST_CASE("an analysis that cannot be says why, with its place", "[geometry][error]") {
  using Catch::Matchers::StartsWith;
  CHECK_THAT(
      complaint_about("model = { name = \"lorenz63\" }\ntime.end = 1.0\n[[analysis]]\n"
                      "method = { name = \"hessian_density\" }\n"),
      StartsWith("run.toml:4:10: analysis[0].method: \"hessian_density\" needs a potential"));
  CHECK_THAT(
      complaint_about("model = { name = \"double_well\", dim = 3 }\ntime.end = 1.0\n[[analysis]]\n"
                      "method = { name = \"hessian_eigenvalues\", largest = 5 }\n"),
      StartsWith("run.toml:4:10: analysis[0].method: \"hessian_eigenvalues\" is asked for 6"));
}

TEST_CASE("the sharpness moves along the flow as first-order perturbation theory says",
          "[geometry]") {
  // lambda_1' = -T[u_1, u_1] . g along q' = -g, for a simple eigenvalue.
  Rosenbrock rosenbrock;
  rosenbrock.n = 8;
  const auto config = Config::from_text(
      "hidden = [6, 5]\nloss = \"cross_entropy\"\ndata.name = \"iris\"\n", "test.toml");
  ConfigReader reader(config);
  const AnyPotential network = *models().at("mlp").make(reader).potential();
  Rng rng(2, "start");
  const std::pair<AnyPotential, Vec> cases[] = {
      {AnyPotential(rosenbrock), Vec::LinSpaced(8, -1.1, 0.9)},
      {network, *network.initial_state(rng)}};
  for (const auto& [potential, start] : cases) {
    const Index n = start.size();
    Vec q = start, g(n), T(n);
    // Points of the path itself: where the gradient is large, and where it is not any more.
    for (int point = 0; point < 5; ++point) {
      CAPTURE(n, point);
      if (point > 0)
        q = test::integrate(*GradientFlow{}(potential).system(), q, n == 8 ? 2e-3 : 2.0, 200);
      potential.gradient(q, g);
      const auto spectrum = [&, &potential = potential](double t) {
        Mat H(n, n);
        potential.at(q - t * g)->hvp(Mat::Identity(n, n), H);
        return symmetric_eigen(0.5 * (H + H.transpose()));
      };
      const Vec u = spectrum(0.0).vectors.col(n - 1);
      potential.third(q, u, u, T);
      const auto d = difference([&](double t, Out out) { out[0] = spectrum(t).values[n - 1]; }, 1,
                                1e-2 / g.norm());
      CHECK(d.value[0] == Approx(-T.dot(g)).epsilon(1e-5));
    }
  }
}
