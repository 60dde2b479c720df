// Compared motions against what they are by themselves: gradient descent on a quadratic has the
// closed form q_k = (1 - eta lambda)^k q_0, linear between iterates; the flow exp(-lambda t) q_0.
#include <sys/time.h>
#include <support/catch.hpp>
#include <support/run_helpers.hpp>

#include <cmath>
#include <csignal>

using namespace thalweg;

namespace {

constexpr double eta = 0.25, lambda = 2.0, q0 = 1.5;

volatile std::sig_atomic_t interrupted = 0;

double distance_at(double t) {
  const double k = std::floor(t / eta + 1e-9), share = t / eta - k;
  const double before = q0 * std::pow(1.0 - eta * lambda, k), after = before * (1.0 - eta * lambda);
  return std::abs(q0 * std::exp(-lambda * t) - (before + share * (after - before)));
}

const std::string beside_descent = R"(
model = { name = "quadratic", spectrum = [2.0], reflections = 0 }
start.state = [1.5]
time.end = 2.0
output.report = false
solver = { name = "dopri5", rtol = 1e-10, atol = 1e-12 }
[[compare]]
name = "descent"
dynamics = { name = "gradient_descent", learning_rate = 0.25 }
)";

void check_series(const std::string& directory, const std::string& series) {
  const bool first = series == "a";
  const auto t = read_back(directory, "/series/" + series + (first ? "/time" : "/time_" + series));
  const auto d = read_back(directory, "/series/" + series + "/distance_descent");
  REQUIRE(t.size() > 2);
  for (std::size_t i = 0; i < t.size(); ++i) {
    CAPTURE(series, t[i]);
    // The flow is good to its tolerance of 1e-10, reached in tens of steps.
    CHECK(std::abs(d[i] - distance_at(t[i])) < 1e-8);
  }
}

}  // namespace

TEST_CASE("distances to a compared motion are right in every record", "[run]") {
  const TemporaryDirectory tmp;
  const std::string records = R"(
[[record]]
name = "a"
what = ["distance_descent"]
when = { every = 0.17 }
[[record]]
name = "b"
what = ["distance_descent"]
when = { every = 0.05 }
)";
  run_text(beside_descent + records, tmp.file("run"));
  check_series(tmp.file("run"), "a");
  check_series(tmp.file("run"), "b");
}

TEST_CASE("an event may watch a compared motion without disturbing a record of it", "[run]") {
  const TemporaryDirectory tmp;
  const std::string action = GENERATE("record", "restart", "stop");
  CAPTURE(action);
  const std::string text = beside_descent + R"(
[[record]]
name = "a"
what = ["distance_descent"]
when = { every = 0.05 }
[[event]]
name = "far"
quantity = "distance_descent"
level = 0.1
direction = "up"
action = ")" + action + "\"\n";
  run_text(text, tmp.file("run"));
  check_series(tmp.file("run"), "a");
  const auto hits = read_back(tmp.file("run"), "/events/time_events");
  REQUIRE(hits.size() >= 1);
  CHECK(std::abs(distance_at(hits[0]) - 0.1) < 1e-8);

  // Stopped by the event and resumed, it is the run that only records it.
  if (action != "stop") return;
  REQUIRE(resume_in(tmp.file("run")).outcome == Outcome::complete);
  check_series(tmp.file("run"), "a");
}

TEST_CASE("a compared motion that cannot keep up ends as NaN with its reason", "[run]") {
  const TemporaryDirectory tmp;
  const auto summary = run_text(R"(
model = { name = "quadratic", spectrum = [2.0] }
start.state = [1.5]
time.end = 2.0
output.report = false
[[compare]]
name = "slow"
solver = { name = "euler", dt = 1e-8 }
[[record]]
name = "a"
what = ["distance_slow"]
)",
                                tmp.file("run"));
  CHECK(summary.outcome == Outcome::complete);
  REQUIRE(summary.warnings.size() == 1);
  CHECK_THAT(summary.warnings[0], Catch::Contains("of at most 10000000 (limits.max_steps)"));
  CHECK(std::isnan(read_back(tmp.file("run"), "/series/a/distance_slow").back()));
}

TEST_CASE("a signal stops a run whose compared motion is slow, and it can be resumed", "[run]") {
  const TemporaryDirectory tmp;
  const std::string text = R"(
model = { name = "quadratic", spectrum = [2.0] }
start.state = [1.5]
time.end = 5e-4
output.report = false
[[compare]]
name = "slow"
solver = { name = "euler", dt = 1e-9 }
[[record]]
name = "a"
what = ["distance_slow"]
when = { count = 2 }
)";
  // After 60 ms of processor time, while the compared motion is in its 5e5 steps.
  interrupted = 0;
  std::signal(SIGVTALRM, [](int) { interrupted = SIGINT; });
  RunRequest request;
  request.directory = tmp.file("run");
  request.stop_signal = &interrupted;
  request.on_begin = [](const std::string&) {
    const itimerval after{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 60'000}};
    setitimer(ITIMER_VIRTUAL, &after, nullptr);
  };
  const auto summary = run(Config::from_text(text, "test.toml"), request);
  REQUIRE(summary.outcome == Outcome::interrupted);
  CHECK(summary.exit_code(SIGINT) == 130);
#if !defined(__SANITIZE_ADDRESS__)  // there the run has not come so far after 60 ms
  CHECK_THAT(summary.message, Catch::Contains("while a compared motion caught up"));
#endif
  REQUIRE(resume_in(tmp.file("run")).outcome == Outcome::complete);
  run_text(text, tmp.file("whole"));
  CHECK(read_back(tmp.file("run"), "/series/a/distance_slow") ==
        read_back(tmp.file("whole"), "/series/a/distance_slow"));
}

TEST_CASE("a flow and a map with memory are compared by their parameters", "[run]") {
  // The velocity of heavy ball is a step, that of the particle a derivative: no distance of those.
  const TemporaryDirectory tmp;
  run_text(R"(
model = { name = "quadratic", spectrum = [2.0], reflections = 0 }
dynamics = { name = "damped_momentum", learning_rate = 0.01, momentum = 0.9 }
start.state = [1.5]
time.end = 1.0
output.report = false
[[compare]]
name = "ball"
dynamics = { name = "heavy_ball", learning_rate = 0.01, momentum = 0.9 }
[[compare]]
name = "other"
dynamics = { name = "damped_momentum", learning_rate = 0.01, momentum = 0.8 }
[[record]]
name = "a"
what = ["loss", "loss_ball", "loss_other", "kinetic_energy", "distance_ball", "distance_other"]
when = { at = [0.5] }
)",
           tmp.file("run"));
  const auto read = [&](const std::string& name) {
    return read_back(tmp.file("run"), "/series/a/" + name).at(0);
  };
  // L = q^2 with q > 0 at that time.
  CHECK(read("distance_ball") ==
        Approx(std::abs(std::sqrt(read("loss")) - std::sqrt(read("loss_ball")))).epsilon(1e-9));
  CHECK(read("distance_other") > 0.0);
}
