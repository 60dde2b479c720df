// A run that is interrupted and resumed is the run that was not: every dataset of the result, to
// the last bit, for every solver that says so.
#include <support/catch.hpp>
#include <support/run_helpers.hpp>

#include <cstdlib>

using namespace thalweg;

namespace {

std::string config(const std::string& solver_or_dynamics) {
  return R"(
seed = 3
[model]
name = "rosenbrock"
dim = 4
[start]
state = [-1.2, 1.0, -0.5, 0.8]
[time]
end = 2.0
[output]
report = false
[[compare]]
name = "descent"
dynamics = { name = "gradient_descent", learning_rate = 1e-4 }
[[record]]
name = "fine"
what = ["loss", "energy", "state", "step_size", "steps_rejected", "gradient_calls", "distance_descent"]
when = { every = 0.01 }
[[record]]
name = "steps"
what = ["loss", "step_size"]
when = { steps = 7 }
[[event]]
name = "goal"
quantity = "loss"
level = 2.0
action = "record"
)" + solver_or_dynamics;
}

// h5diff is the outside judge; /provenance holds dates and seconds.
bool same_results(const std::string& a, const std::string& b) {
  const std::string command = "h5diff --exclude-path=/provenance '" + a + "/result.h5' '" + b +
                              "/result.h5' > /dev/null 2>&1";
  return std::system(command.c_str()) == 0;  // NOLINT: a test may call a program
}

}  // namespace

TEST_CASE("a run stopped after n steps and resumed equals the whole run", "[run][property]") {
  const std::string solver = GENERATE(
      "solver = { name = \"dopri5\" }", "solver = { name = \"rkc2\" }",
      "solver = { name = \"sdirk\" }", "solver = { name = \"rosenbrock\" }",
      "solver = { name = \"auto\" }", "solver = { name = \"fehlberg78\" }",
      "solver = { name = \"cash_karp54\" }", "solver = { name = \"bulirsch_stoer\" }",
      "solver = { name = \"adams_bashforth_moulton\", dt = 5e-4 }",
      "solver = { name = \"rk4\", dt = 1e-3 }", "solver = { name = \"euler\", dt = 1e-3 }");
  const int stop_after = GENERATE(1, 5, 40);
  CAPTURE(solver, stop_after);
  // Top-level keys stand before tables.
  std::string text = config("");
  text = solver + "\n" + text;
  // energy_balance needs a flow; "energy" is the loss of a gradient flow.
  TemporaryDirectory tmp;
  const auto whole = run_text(text, tmp.file("whole"));
  REQUIRE(whole.outcome == Outcome::complete);
  const auto part = run_text(text + "\n[limits]\nmax_steps = " + std::to_string(stop_after) + "\n",
                             tmp.file("parts"));
  REQUIRE(part.outcome == Outcome::step_budget);
  const auto rest = resume_in(tmp.file("parts"), {"limits.max_steps=10000000"});
  REQUIRE(rest.outcome == Outcome::complete);
  CHECK(rest.steps.accepted == whole.steps.accepted);
  CHECK(rest.steps.rejected == whole.steps.rejected);
  CHECK(same_results(tmp.file("whole"), tmp.file("parts")));
}

TEST_CASE("maps are resumed to the same bits", "[run][property]") {
  const std::string dynamics = GENERATE("{ name = \"gradient_descent\", learning_rate = 2e-4 }",
                                        "{ name = \"heavy_ball\", learning_rate = 2e-5 }",
                                        "{ name = \"nesterov\", learning_rate = 2e-5 }",
                                        "{ name = \"adam\", learning_rate = 1e-3 }");
  CAPTURE(dynamics);
  const std::string text = "dynamics = " + dynamics + R"(
[model]
name = "rosenbrock"
dim = 4
[start]
state = [-1.2, 1.0, -0.5, 0.8]
[time]
steps = 500
[output]
report = false
[[record]]
what = ["loss", "state"]
when = { steps = 10 }
)";
  TemporaryDirectory tmp;
  const auto whole = run_text(text, tmp.file("whole"));
  REQUIRE(whole.outcome == Outcome::complete);
  CHECK(whole.steps.accepted == 500);
  REQUIRE(run_text(text + "[limits]\nmax_steps = 123\n", tmp.file("parts")).outcome ==
          Outcome::step_budget);
  REQUIRE(resume_in(tmp.file("parts"), {"limits.max_steps=10000000"}).outcome == Outcome::complete);
  CHECK(same_results(tmp.file("whole"), tmp.file("parts")));
}

TEST_CASE("second-order motions are resumed to the same bits by every kind of solver",
          "[run][property]") {
  const std::string parts = GENERATE(
      R"(solver = { name = "velocity_verlet", dt = 1e-2 }
dynamics = { name = "damped_momentum", friction = 0.0 })",
      R"(solver = { name = "mclachlan4", dt = 2e-2 }
dynamics = { name = "damped_momentum", friction = 0.0 })",
      R"(solver = { name = "conformal_verlet", dt = 1e-2 }
dynamics = { name = "damped_momentum", learning_rate = 0.1, momentum = 0.8 })",
      R"(solver = { name = "implicit_midpoint", dt = 1e-2 }
dynamics = { name = "damped_momentum" })",
      R"(solver = { name = "discrete_gradient", dt = 1e-2 }
dynamics = { name = "damped_momentum" })",
      R"(solver = { name = "dopri5" }
dynamics = { name = "damped_momentum" })",
      R"(dynamics = { name = "nesterov_flow" })",
      R"(dynamics = { name = "high_resolution_flow" })");
  CAPTURE(parts);
  const std::string text = parts + R"(
[model]
name = "rosenbrock"
dim = 4
b = 2.0
[start]
state = [-1.2, 1.0, -0.5, 0.8]
[time]
end = 2.0
[output]
report = false
[[record]]
what = ["loss", "energy", "total_energy", "power", "energy_balance", "state", "gradient_calls"]
when = { every = 0.013 }
)";
  TemporaryDirectory tmp;
  const auto whole = run_text(text, tmp.file("whole"));
  REQUIRE(whole.outcome == Outcome::complete);
  REQUIRE(run_text(text + "[limits]\nmax_steps = 17\n", tmp.file("parts")).outcome ==
          Outcome::step_budget);
  REQUIRE(resume_in(tmp.file("parts"), {"limits.max_steps=10000000"}).outcome == Outcome::complete);
  CHECK(same_results(tmp.file("whole"), tmp.file("parts")));
}

TEST_CASE("a finished run goes on to a later end", "[run][property]") {
  TemporaryDirectory tmp;
  const std::string text = "solver = { name = \"dopri5\" }\n" + config("");
  REQUIRE(run_text(text, tmp.file("run")).outcome == Outcome::complete);
  CHECK_THROWS_WITH(resume_in(tmp.file("run")), Catch::Contains("not before its end"));
  const auto more = resume_in(tmp.file("run"), {"time.end=2.5"});
  CHECK(more.outcome == Outcome::complete);
  CHECK(more.t == 2.5);
  const auto times = read_back(tmp.file("run"), "/series/fine/time");
  CHECK(times.size() == 251);
  CHECK(std::is_sorted(times.begin(), times.end()));
}

TEST_CASE("resume refuses to change what the run is", "[run][error]") {
  TemporaryDirectory tmp;
  const std::string text = "solver = { name = \"dopri5\" }\n" + config("");
  REQUIRE(run_text(text + "[limits]\nmax_steps = 3\n", tmp.file("run")).outcome ==
          Outcome::step_budget);
  CHECK_THROWS_WITH(resume_in(tmp.file("run"), {"solver.rtol=1e-3"}),
                    Catch::Contains("--set solver.rtol=1e-3: a resumed run keeps"));
}
