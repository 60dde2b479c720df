// Complaints that need the assembled run, not the configuration alone, point into the file too.
#include <string>

#include "support/catch.hpp"
#include "support/run_helpers.hpp"

using namespace thalweg;
using Catch::Matchers::StartsWith;

namespace {

const std::string model = "model = { name = \"double_well\", dim = 2 }\ntime.end = 1.0\n";
const std::string descent = "dynamics = { name = \"gradient_descent\", learning_rate = 0.1 }\n";

}  // namespace

TEST_CASE("what the run refuses is shown with its place", "[run][error]") {
  CHECK(complaint_about(model) == "no complaint");
  CHECK_THAT(complaint_about(model + "[[record]]\nwhat = [\"loss\",\n  \"gradient_nrm\"]\n"),
             StartsWith("run.toml:5:3: record[0].what[1]: unknown quantity \"gradient_nrm\"; did "
                        "you mean \"gradient_norm\"?"));
  CHECK_THAT(complaint_about(model + "[[record]]\nwhat = [\"layer_update\"]\n"),
             StartsWith("run.toml:4:9: record[0].what[0]: \"layer_update\" needs a map"));
  CHECK_THAT(complaint_about(model + "[[event]]\nquantity = \"state\"\n"),
             StartsWith("run.toml:4:12: event[0].quantity: quantity \"state\" is an array"));
  CHECK_THAT(complaint_about(model + "[start]\nstate = [1.0]\n"),
             StartsWith("run.toml:4:9: start.state: it has 1 entries; this motion has 2 unknowns"));
  CHECK_THAT(
      complaint_about(model + "[[compare]]\nname = \"tighter\"\n[quality]\nglobal_error = 1e-3\n"),
      StartsWith("run.toml:4:8: compare[0].name: \"tighter\" is taken by"));
  CHECK_THAT(complaint_about(descent + model + "[quality]\nglobal_error = 1e-3\n"),
             StartsWith("run.toml:4:1: quality = {...} has a global_error, which needs a flow"));
  CHECK_THAT(complaint_about("model = { name = \"double_well\" }\n[time]\nsteps = 3\n"),
             StartsWith("run.toml:2:1: time = {...} has steps, which are those of a map"));
}
