// Symmetries of networks and the laws of their charges: what leaves the loss unchanged, what the
// steps of a motion make of it, and the analysis that says whether it holds.
#include <support/catch.hpp>
#include <support/reference_motion.hpp>
#include <support/run_helpers.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/dynamics/gradient_descent.hpp>
#include <thalweg/models/dynamics/heavy_ball.hpp>
#include <thalweg/models/networks/deep_linear.hpp>
#include <thalweg/run/analyze.hpp>

using namespace thalweg;

namespace {

AnyPotential model(const std::string& name, const std::string& toml) {
  const auto config = Config::from_text(toml, "test.toml");
  ConfigReader reader(config);
  return *models().at(name).make(reader).potential();
}

Vec normal(Index n, const char* stream, double size = 1.0) {
  Rng rng(7, stream);
  Vec q(n);
  rng.fill_normal(q);
  return size * q;
}

// exp(eps A) q by its series; of a translation q + eps a.
Vec moved(const Symmetry& s, Index j, double eps, const Vec& q) {
  Vec sum = q, term = q, next(q.size());
  for (int k = 1; k < 30; ++k) {
    s.generator(j, term, next);
    term = (eps / k) * next;
    sum += term;
    if (s.kind == Symmetry::Kind::translation) break;
  }
  return sum;
}

struct Case {
  std::string name;
  AnyPotential potential;
};

std::vector<Case> networks() {
  const std::string iris = "data.name = \"iris\"\nhidden = [4, 3]\n";
  return {
      {"deep linear, white", model("deep_linear", "hidden = [4, 3]")},
      {"deep linear, data", model("deep_linear", iris + "inputs = \"data\"\nstart=\"random\"")},
      {"relu", model("mlp", iris + "activation = \"relu\"")},
      {"relu, mse, no bias", model("mlp", iris + "activation = \"relu\"\nloss = \"mse\"\nbias = "
                                                 "false")},
      {"identity, l2", model("mlp", iris + "activation = \"identity\"\nl2 = 0.3")},
      {"softmax of tanh", model("mlp", iris)},
      {"softmax regression", model("logistic_regression", "data.name = \"iris\"\nl2 = 0.1")},
      {"normalised", model("weight_normalised_mlp", iris)},
      {"normalised, l2", model("weight_normalised_mlp", iris + "l2 = 0.2")}};
}

}  // namespace

TEST_CASE("symmetries leave the loss unchanged, as far as weight decay allows", "[symmetry]") {
  for (const auto& [name, p] : networks()) {
    CAPTURE(name);
    const auto symmetries = p.symmetries();
    REQUIRE(!symmetries.empty());
    const Index d = p.dim();
    const Vec q = normal(d, "q", 0.7), u = normal(d, "u");
    Vec g(d), Aq(d), Au(d);
    p.gradient(q, g);
    for (const auto& s : symmetries) {
      CAPTURE(s.name);
      CHECK(s.members.labels.size() == static_cast<std::size_t>(s.size()));
      CHECK(s.total.size() == s.size());
      Vec of_g(s.size()), of_q(s.size()), of_u(s.size());
      s.pairing(g, q, of_g);
      s.pairing(q, q, of_q);
      s.pairing(u, q, of_u);
      for (Index j = 0; j < s.size(); ++j) {
        const auto loss = [&](const Vec& x) {
          return p.value(x) - 0.5 * s.decay * x.squaredNorm();
        };
        const double L = loss(q);
        // Sums of 150 samples and a few dozen parameters.
        CHECK(std::abs(loss(moved(s, j, 0.3, q)) - L) < 1e-13 * std::abs(p.value(q)) + 1e-13);
        CHECK(std::abs(of_g[j] - s.decay * of_q[j]) < 1e-13 * g.norm() * q.norm());
        s.generator(j, q, Aq);
        s.generator(j, u, Au);
        CHECK(std::abs(u.dot(Aq) - of_u[j]) < 1e-13 * u.norm() * q.norm());
        if (s.kind == Symmetry::Kind::rescale || s.kind == Symmetry::Kind::scale)
          CHECK(std::abs(u.dot(Aq) - q.dot(Au)) < 1e-13 * u.norm() * q.norm());
        if (s.kind == Symmetry::Kind::rotation)
          CHECK(std::abs(u.dot(Aq) + q.dot(Au)) < 1e-13 * u.norm() * q.norm());
        // Nothing outside the blocks that it says it moves.
        for (const auto& [offset, n] : s.moved) Aq.segment(offset, n).setZero();
        CHECK(Aq.norm() == 0.0);
      }
    }
  }
  CHECK(
      model("mlp", "data.name = \"iris\"\nloss = \"mse\"").symmetries().empty());  // tanh has none
}

TEST_CASE("charges are the matrices of the textbook", "[symmetry]") {
  const AnyPotential p = model("deep_linear", "hidden = [4]");
  const Vec q = normal(p.dim(), "q"), v = normal(p.dim(), "v");
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto W1 = [](const Vec& x) { return Mat(Eigen::Map<const Rows>(x.data(), 4, 3)); };
  const auto W2 = [](const Vec& x) { return Mat(Eigen::Map<const Rows>(x.data() + 12, 3, 4)); };
  const auto all = p.symmetries();
  REQUIRE(all.size() == 2);
  Vec balance(all[0].size()), momentum(all[1].size());
  all[0].pairing(q, q, balance);
  all[1].pairing(v, q, momentum);
  const Mat B = W2(q).transpose() * W2(q) - W1(q) * W1(q).transpose();
  const Mat J = W2(q).transpose() * W2(v) - W1(v) * W1(q).transpose();
  Index b = 0, r = 0;
  for (Index i = 0; i < 4; ++i)
    for (Index j = i; j < 4; ++j) {
      CHECK(balance[b++] == Approx(B(i, j)).epsilon(1e-13).margin(1e-14));
      if (j > i) CHECK(momentum[r++] == Approx(J(i, j) - J(j, i)).epsilon(1e-13).margin(1e-14));
    }
  CHECK(all[0].total.dot(balance) == Approx(B.trace()).epsilon(1e-13));
}

// B(n) - B(0) = eta^2 sum (G_2' G_2 - G_1 G_1'), with gradients of the potential itself.
TEST_CASE("descent breaks the balance of layers by the exact sum", "[symmetry][dynamics]") {
  const AnyPotential p = model("deep_linear", "hidden = [4]\nstart = \"random\"");
  const double eta = 0.03;
  const auto map = *GradientDescent{eta}(p).map();
  const auto s = p.symmetries()[0];
  Rng rng(3, "start");
  Vec q = *p.initial_state(rng), next(q.size()), g(q.size());
  Vec at_start(s.size()), now(s.size()), step(s.size()), sum = Vec::Zero(s.size());
  s.pairing(q, q, at_start);
  Mat y(s.size(), 2);
  const auto law = map.charge_law();
  law->charges(s, q, 0.0, y);
  for (Index n = 0; n < 200; ++n) {
    p.gradient(q, g);
    s.pairing(g, g, step);
    sum += eta * eta * step;
    map.apply(q, next, n);
    const auto t = [&](Index k) { return eta * static_cast<double>(k); };
    law->advance(
        s, t(n), t(n + 1), [&](double at) -> const Vec& { return at == t(n) ? q : next; }, y);
    q = next;
  }
  s.pairing(q, q, now);
  const double scale = q.squaredNorm();
  CHECK(sum.norm() > 1e-3 * scale);  // there is something to explain
  CHECK((now - at_start - sum).lpNorm<Eigen::Infinity>() < 1e-12 * scale);
  CHECK((now - y.col(0)).lpNorm<Eigen::Infinity>() < 1e-12 * scale);
}

// A torque-free step: <v, A q> of the next iterate is beta times that of this one.
TEST_CASE("heavy ball damps the charges of rotations by beta each step", "[symmetry][dynamics]") {
  const AnyPotential p = model("deep_linear", "hidden = [3]\nstart = \"random\"");
  const double beta = 0.8;
  const auto map = *HeavyBall{0.02, beta}(p).map();
  const auto s = p.symmetries()[1];
  REQUIRE(s.kind == Symmetry::Kind::rotation);
  const Index d = p.dim();
  Vec x = normal(2 * d, "start", 0.5), J(s.size()), start(s.size());
  s.pairing(x.tail(d), x.head(d), start);
  x = test::iterate(map, x, 20);
  s.pairing(x.tail(d), x.head(d), J);
  CHECK((J - std::pow(beta, 20) * start).norm() < 1e-12 * start.norm());
}

namespace {

std::string config(const std::string& model, const std::string& motion, const std::string& time) {
  return "seed = 4\n" + motion + R"(
[model]
)" + model +
         R"(
data = { name = "iris" }
[time]
)" + time +
         R"(
[output]
report = false
[[record]]
name = "curves"
what = ["loss", "state"]
when = { count = 3 }
[[analysis]]
name = "charges"
when = { count = 3 }
method = { name = "symmetry" }
)";
}

struct Audit {
  std::vector<double> deviation, asymmetry, bound;
  std::vector<std::int64_t> verdict, symmetric;
  explicit Audit(const std::string& file, const std::string& series = "/series/charges/") {
    const auto h5 = h5::File::open(file);
    deviation = h5.read(series + "deviation");
    asymmetry = h5.read(series + "asymmetry");
    bound = h5.read(series + "deviation_bound");
    verdict = h5.read_integers(series + "verdict");
    symmetric = h5.read_integers(series + "symmetric");
  }
  [[nodiscard]] double worst() const {
    return *std::max_element(deviation.begin(), deviation.end());
  }
  [[nodiscard]] bool all(std::int64_t wanted) const {
    return std::all_of(verdict.begin(), verdict.end(), [&](auto v) { return v == wanted; });
  }
  [[nodiscard]] bool all_symmetric() const {
    return std::all_of(symmetric.begin(), symmetric.end(), [](auto v) { return v == 1; });
  }
};

const std::string relu = "name = \"mlp\"\nhidden = [6, 5]\nactivation = \"relu\"";
const std::string normalised = "name = \"weight_normalised_mlp\"\nhidden = [6]";
const std::string linear =
    "name = \"deep_linear\"\ninputs = \"data\"\nstart = \"random\"\nhidden = [3]";
constexpr std::int64_t fail = 0, pass = 1, no_law = 2, no_bound = 3, needs_every_step = 4;

}  // namespace

TEST_CASE("gradient flow conserves what descent, heavy ball and particles change by their laws",
          "[symmetry][run]") {
  struct Motion {
    std::string name, text, time;
    double bound;
    std::vector<std::string> networks;
  };
  const std::string solver = "\nsolver = { name = \"dopri5\", rtol = 1e-7 }";
  const std::string decaying = relu + "\nl2 = 0.05";
  const Motion motions[] = {
      {"flow",
       "dynamics = { name = \"gradient_flow\" }" + solver,
       "end = 1.0",
       1e-6,
       {decaying, normalised}},
      {"descent",
       "dynamics = { name = \"gradient_descent\", learning_rate = 0.05 }",
       "steps = 40",
       1e-12,
       {decaying, normalised}},
      {"heavy ball",
       "dynamics = { name = \"heavy_ball\", learning_rate = 0.02 }",
       "steps = 40",
       1e-12,
       {decaying, linear}},
      {"particle",
       "dynamics = { name = \"damped_momentum\", friction = 0.7, mass = 0.4 }" + solver,
       "end = 1.0",
       1e-6,
       {decaying, linear}},
      {"Nesterov",
       "dynamics = { name = \"nesterov_flow\" }" + solver,
       "end = 1.0",
       1e-6,
       {decaying}},
      {"look-ahead",
       "dynamics = { name = \"nesterov\", learning_rate = 0.02 }",
       "steps = 40",
       1e-12,
       {normalised + "\nl2 = 0.05", linear}},
      {"batches",
       "dynamics = { name = \"stochastic_gradient_descent\", learning_rate = 0.05 }",
       "steps = 40",
       1e-12,
       {decaying}},
      {"modified flow",
       "dynamics = { name = \"modified_flow\", learning_rate = 0.3 }" + solver,
       "end = 0.5",
       1e-6,
       {normalised + "\nl2 = 0.3"}},
      {"modified flow of order 3",
       "dynamics = { name = \"modified_flow\", learning_rate = 0.3, order = 3 }" + solver,
       "end = 0.5",
       1e-6,
       {decaying}},
      {"high resolution",
       "dynamics = { name = \"high_resolution_flow\", learning_rate = 0.04 }" + solver,
       "end = 0.3",
       1e-6,
       {normalised + "\nl2 = 0.05", linear}},
      {"high resolution of heavy ball",
       "dynamics = { name = \"high_resolution_flow\", method = \"heavy_ball\", learning_rate = "
       "0.04 }" +
           solver,
       "end = 0.3",
       1e-6,
       {linear}}};
  TemporaryDirectory tmp;
  for (const auto& m : motions)
    for (const std::string& network : m.networks) {
      CAPTURE(m.name, network);
      const auto out = tmp.file("run");
      std::filesystem::remove_all(out);
      const auto summary = run_text(config(network, m.text, m.time), out);
      REQUIRE(summary.outcome == Outcome::complete);
      REQUIRE(!summary.verdicts.empty());
      for (const auto& verdict : summary.verdicts)
        CHECK_THAT(verdict, Catch::Contains("PASS, asymmetry of the loss") &&
                                Catch::Contains("PASS, charge off its law by"));
      const Audit audit(out + "/result.h5");
      CHECK(audit.all(pass));
      CHECK(audit.all_symmetric());
      CHECK(audit.bound.front() == Approx(m.bound));
      CHECK(audit.worst() < m.bound);
    }
}

TEST_CASE("the audit tells a law that does not hold, and where there is none", "[symmetry][run]") {
  TemporaryDirectory tmp;
  const auto audit = [&](const std::string& text) {
    const auto out = tmp.file("run");
    std::filesystem::remove_all(out);
    REQUIRE(run_text(text, out).outcome == Outcome::complete);
    return Audit(out + "/result.h5");
  };
  // Euler's method with a large step is descent, which does not conserve.
  const std::string euler = "solver = { name = \"euler\", dt = 0.05 }";
  CHECK(audit(config(relu, euler, "end = 3.0")).all(no_bound));
  auto text = config(normalised + "\nloss = \"mse\"", euler, "end = 3.0");
  text.replace(text.find("\"symmetry\""), 10, "\"symmetry\", bound = 1e-6");
  const auto broken = audit(text);
  CHECK(broken.verdict.back() == fail);
  CHECK(broken.worst() > 1e-6);
  CHECK(broken.all_symmetric());
  // Asked for as a quality, a failure is told by the exit code.
  text += "[quality]\nsymmetry = true\n";
  std::filesystem::remove_all(tmp.file("run"));
  CHECK(run_text(text, tmp.file("run")).exit_code() == 4);
  const auto adam_text = config(relu, "dynamics = { name = \"adam\" }", "steps = 20");
  std::filesystem::remove_all(tmp.file("run"));
  const auto summary = run_text(adam_text + "[quality]\nsymmetry = true\n", tmp.file("run"));
  CHECK(summary.exit_code() == 0);  // no law is no failure
  CHECK_THAT(summary.verdicts.front(), Catch::Contains("divides each entry of the gradient"));
  CHECK_THAT(complaint_about("[model]\nname = \"quadratic\"\n[time]\nend = 1.0\n[quality]\n"
                             "symmetry = true\n"),
             Catch::Contains("needs an [[analysis]]"));
  const auto adam = audit(adam_text);
  CHECK(adam.all(no_law));
  CHECK(adam.all_symmetric());
  CHECK_THAT(complaint_about(config("name = \"mlp\"\nloss = \"mse\"", "", "end = 1.0")),
             Catch::Contains("needs a model that tells its symmetries"));
}

TEST_CASE("stored states have the charges; sums over steps need the run", "[symmetry][run]") {
  TemporaryDirectory tmp;
  for (const bool flow : {true, false}) {
    const auto out = tmp.file(flow ? "flow" : "descent");
    run_text(config(relu, flow ? "" : "dynamics = { name = \"gradient_descent\" }", "end = 1.0"),
             out);
    AnalyzeRequest request;
    request.directory = out;
    request.what = "symmetry";
    CHECK(analyze(request).exit_code() == 0);
    const Audit run(out + "/result.h5"), stored(out + "/analysis/symmetry.h5", "/series/symmetry/");
    REQUIRE(stored.verdict.size() >= run.verdict.size());
    // Three symmetries a row; the translation of the classes needs no sum.
    if (flow)
      CHECK(stored.all(pass));
    else
      CHECK(std::vector(stored.verdict.end() - 3, stored.verdict.end()) ==
            std::vector{needs_every_step, needs_every_step, pass});
    if (!flow) continue;
    // A bound below rounding: a failure, which the exit code tells when it is asked to.
    request.force = true;
    request.set = {"bound=1e-30"};
    const auto failed = analyze(request);
    CHECK(!failed.results.front().passed);
    CHECK_THAT(failed.results.front().verdicts.front(),
               Catch::Contains("FAIL, charge off its law"));
    CHECK(failed.exit_code() == 0);
    CHECK(failed.exit_code(0, true) == 4);
  }
}

TEST_CASE("an audited run is resumed to the same bits", "[symmetry][run]") {
  TemporaryDirectory tmp;
  for (const std::string motion :
       {"dynamics = { name = \"heavy_ball\", learning_rate = 0.02 }",
        "dynamics = { name = \"damped_momentum\" }\nsolver = { name = \"dopri5\" }"}) {
    const auto text = config(relu, motion, "end = 2.0");
    const auto whole = tmp.file("whole"), parts = tmp.file("parts");
    std::filesystem::remove_all(whole);
    std::filesystem::remove_all(parts);
    REQUIRE(run_text(text, whole).outcome == Outcome::complete);
    REQUIRE(run_text(text + "[limits]\nmax_steps = 13\n", parts).outcome == Outcome::step_budget);
    REQUIRE(resume_in(parts, {"limits.max_steps=100000"}).outcome == Outcome::complete);
    const std::string command = "h5diff --exclude-path=/provenance '" + whole + "/result.h5' '" +
                                parts + "/result.h5' > /dev/null 2>&1";
    CHECK(std::system(command.c_str()) == 0);  // NOLINT: h5diff is the outside judge
  }
}
