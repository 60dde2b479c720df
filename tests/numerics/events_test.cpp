// Event times against closed forms.
#include <support/catch.hpp>
#include <support/run_helpers.hpp>

#include <cmath>

using namespace thalweg;

namespace {

std::string decay(const std::string& solver, const std::string& event) {
  return "solver = " + solver + R"(
[model]
name = "quadratic"
spectrum = [1.0]
reflections = 0
[start]
state = [1.0]
[time]
end = 5.0
[output]
report = false
[[record]]
what = ["loss"]
when = { every = 0.1 }
[[event]]
name = "goal"
quantity = "loss"
)" + event;
}

}  // namespace

// L = exp(-2t)/2 crosses 0.05 at t = ln(10)/2 exactly.
TEST_CASE("an event is found where the closed form has it", "[run][numerics]") {
  struct Case {
    const char* solver;
    double tolerance;
  };
  // The time is as exact as the dense output: rtol 1e-10 for the one-step methods, and for rkc2
  // (achieved error 10 to 1000 times rtol, second order) 1e-6.
  const auto c = GENERATE(Case{"{ name = \"dopri5\", rtol = 1e-11, atol = 1e-13 }", 1e-9},
                          Case{"{ name = \"fehlberg78\", rtol = 1e-11, atol = 1e-13 }", 1e-9},
                          Case{"{ name = \"rk4\", dt = 1e-3 }", 1e-9},
                          Case{"{ name = \"rkc2\", rtol = 1e-9, atol = 1e-11 }", 1e-6});
  CAPTURE(c.solver);
  TemporaryDirectory tmp;
  const auto summary =
      run_text(decay(c.solver, "level = 0.05\ndirection = \"down\"\n"), tmp.file("run"));
  CHECK(summary.outcome == Outcome::event);
  CHECK(summary.exit_code() == 0);
  CHECK(summary.t == Approx(0.5 * std::log(10.0)).margin(c.tolerance).epsilon(0.0));
  const auto times = read_back(tmp.file("run"), "/series/curves/time");
  CHECK(times.back() == summary.t);  // the last row is at the event
  CHECK(times.size() == 13);         // 0, 0.1, ... 1.1 and the event at 1.151
  CHECK(read_back(tmp.file("run"), "/final/state").at(0) ==
        Approx(std::sqrt(0.1)).margin(c.tolerance).epsilon(0.0));
}

TEST_CASE("an event that only records lets the run go on and counts each crossing once",
          "[run][numerics]") {
  TemporaryDirectory tmp;
  const auto summary = run_text(
      R"(
solver = { name = "dopri5", rtol = 1e-10, atol = 1e-12 }
[model]
name = "harmonic"
[start]
state = [1.0, 0.0]
[time]
end = 20.0
[output]
report = false
[[record]]
what = ["energy"]
when = { every = 1.0 }
[[event]]
name = "none"
quantity = "speed"
level = 1e9
[[event]]
name = "early"
quantity = "distance_from_start"
level = 1.0
direction = "up"
action = "record"
)",
      tmp.file("run"));
  CHECK(summary.outcome == Outcome::complete);
  // On the unit circle |x - x0| = 2 |sin(t/2)| rises through 1 at t = pi/3 + 2 pi k: 4 times to 20.
  const auto times = read_back(tmp.file("run"), "/events/time_events");
  REQUIRE(times.size() == 4);
  for (std::size_t k = 0; k < 4; ++k)
    CHECK(times[k] ==
          Approx(M_PI / 3 + 2 * M_PI * static_cast<double>(k)).epsilon(0.0).margin(1e-8));
}

TEST_CASE("a record time one bit away from an event is neither lost nor doubled",
          "[run][property]") {
  TemporaryDirectory tmp;
  const double t = 0.5 * std::log(10.0);
  char times[200];
  std::snprintf(times, sizeof times, "[%.17g, %.17g, %.17g]", std::nextafter(t, 0.0), t,
                std::nextafter(t, 9.0));
  auto text = decay("{ name = \"dopri5\", rtol = 1e-11, atol = 1e-13 }",
                    "level = 0.05\naction = \"record\"\n");
  text.replace(text.find("{ every = 0.1 }"), 15, std::string("{ at = ") + times + " }");
  run_text(text, tmp.file("run"));
  CHECK(read_back(tmp.file("run"), "/series/curves/time").size() == 4);  // and the last row, t = 5
  CHECK(read_back(tmp.file("run"), "/events/time_events").size() == 1);
}
