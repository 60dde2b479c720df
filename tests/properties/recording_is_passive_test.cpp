// Looking at a run must not change it: final states are compared to the last bit.
#include <support/catch.hpp>
#include <support/run_helpers.hpp>

namespace {

const std::string valley = R"(
[model]
name = "rosenbrock"
dim = 4
[start]
state = [-1.2, 1.0, -0.5, 0.8]
[time]
end = 3.0
[output]
report = false
)";

std::vector<double> final_state(const std::string& toml) {
  TemporaryDirectory tmp;
  run_text(toml, tmp.file("run"));
  return read_back(tmp.file("run"), "/final/state");
}

}  // namespace

TEST_CASE("recording, comparing and watching for events leave the last bit of a run alone",
          "[run][property]") {
  const std::string solver = GENERATE("dopri5", "rkc2", "sdirk", "rosenbrock", "rk4", "fehlberg78",
                                      "bulirsch_stoer", "adams_bashforth_moulton", "auto");
  CAPTURE(solver);
  const std::string fixed =
      solver == "rk4" || solver == "adams_bashforth_moulton" ? "dt = 1e-3\n" : "";
  const std::string base = valley + "[solver]\nname = \"" + solver + "\"\n" + fixed;
  const auto bare = final_state(base + R"(
[[record]]
what = ["loss"]
when = { at = [3.0] }
)");
  const auto watched = final_state(base + R"(
[[record]]
name = "fine"
what = ["loss", "gradient_norm", "energy_balance", "state", "step_size"]
when = { every = 0.00137 }
[[record]]
name = "steps"
what = ["loss", "layer_speed"]
when = { steps = 3 }
[[event]]
name = "halfway"
quantity = "loss"
level = 1.0
action = "record"
[[compare]]
name = "descent"
dynamics = { name = "gradient_descent", learning_rate = 1e-4 }
[[record]]
name = "distance"
what = ["distance_descent"]
when = { logspace = [1e-3, 3.0, 17] }
)");
  REQUIRE(bare.size() == 4);
  CHECK(bare == watched);
}
