// Complaints that need the assembled run, not the configuration alone, point into the file too.
#include <string>
#include <thalweg/config/config.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/run/experiment.hpp>

#include "support/catch.hpp"

using namespace thalweg;
using Catch::Matchers::StartsWith;

namespace {

std::string complaint(const std::string& text) {
  try {
    thalweg::check(Config::from_text(text, "run.toml"));
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no complaint";
}

const std::string model = "model = { name = \"double_well\", dim = 2 }\ntime.end = 1.0\n";
const std::string descent = "dynamics = { name = \"gradient_descent\", learning_rate = 0.1 }\n";

}  // namespace

TEST_CASE("what the run refuses is shown with its place", "[run][error]") {
  CHECK(complaint(model) == "no complaint");
  CHECK_THAT(complaint(model + "[[record]]\nwhat = [\"loss\",\n  \"gradient_nrm\"]\n"),
             StartsWith("run.toml:5:3: record[0].what[1]: unknown quantity \"gradient_nrm\"; did "
                        "you mean \"gradient_norm\"?"));
  CHECK_THAT(complaint(model + "[[record]]\nwhat = [\"layer_update\"]\n"),
             StartsWith("run.toml:4:9: record[0].what[0]: \"layer_update\" needs a map"));
  CHECK_THAT(complaint(model + "[[event]]\nquantity = \"state\"\n"),
             StartsWith("run.toml:4:12: event[0].quantity: quantity \"state\" is an array"));
  CHECK_THAT(complaint(model + "[start]\nstate = [1.0]\n"),
             StartsWith("run.toml:4:9: start.state: it has 1 entries; this motion has 2 unknowns"));
  CHECK_THAT(complaint(model + "[[compare]]\nname = \"tighter\"\n[quality]\nglobal_error = 1e-3\n"),
             StartsWith("run.toml:4:8: compare[0].name: \"tighter\" is taken by"));
  CHECK_THAT(complaint(descent + model + "[quality]\nglobal_error = 1e-3\n"),
             StartsWith("run.toml:4:1: quality = {...} has a global_error, which needs a flow"));
  CHECK_THAT(complaint("model = { name = \"double_well\" }\n[time]\nsteps = 3\n"),
             StartsWith("run.toml:2:1: time = {...} has steps, which are those of a map"));
}
