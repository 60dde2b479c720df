// Complaints that need the assembled run, not the configuration alone, point into the file too.
#include <string>

#include "support/catch.hpp"
#include "support/run_helpers.hpp"

using namespace thalweg;
using Catch::Matchers::Contains;
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

TEST_CASE("what a run of chains refuses is shown with its place", "[run][error]") {
  const std::string target = "model = { name = \"quadratic\", dim = 2 }\n";
  const std::string nuts = target + "sampler = { name = \"nuts\" }\n";
  CHECK(complaint_about(nuts) == "no complaint");
  CHECK_THAT(complaint_about(target + "sampler = { name = \"nut\" }\n"),
             StartsWith("run.toml:2:20: sampler.name = \"nut\" must be \"nuts\""));
  CHECK_THAT(
      complaint_about(nuts + "time = { end = 1.0 }\n"),
      StartsWith("run.toml:3:8: time = { end = 1.0 } belongs to a motion and does not apply where "
                 "there is a [sampler]"));
  CHECK_THAT(complaint_about(target + "draws = { count = 5 }\ntime = { end = 1.0 }\n"),
             StartsWith("run.toml:2:9: draws = { count = 5 } needs a [sampler]"));
  CHECK_THAT(complaint_about("model = { name = \"lorenz63\" }\nsampler = { name = \"nuts\" }\n"),
             StartsWith("run.toml:2:11: sampler = { name = \"nuts\" } needs a potential"));
  CHECK_THAT(complaint_about(nuts + "draws = { chains = 0 }\n"),
             StartsWith("run.toml:3:20: draws.chains = 0 must be in [1, 10000]"));
  CHECK_THAT(complaint_about(nuts + "draws = { temperature = 0.0 }\n"),
             StartsWith("run.toml:3:25: draws.temperature = 0.0 must be > 0"));
  CHECK_THAT(complaint_about(nuts + "limits = { divergence = 1e3 }\n"),
             StartsWith("run.toml:3:25: limits.divergence is not a parameter here"));
  CHECK_THAT(complaint_about(nuts + "draws = { keep = [\"posterio\"] }\n"),
             StartsWith("run.toml:3:19: draws.keep[0] = \"posterio\" is neither a group nor a "
                        "variable of this model's draws; did you mean \"posterior\"?"));
  CHECK_THAT(complaint_about(nuts + "draws = { start = \"prior\" }\n"),
             StartsWith("run.toml:3:19: draws.start: asks for draws of the prior"));
  CHECK_THAT(complaint_about(nuts + "start = { state = [1.0] }\n"),
             StartsWith("run.toml:3:19: start.state: it has 1 entries; this model has 2"));
  CHECK_THAT(
      complaint_about(nuts + "start = { state = [1.0, 2.0] }\ndraws = { start = \"uniform\" }\n"),
      StartsWith("run.toml:4:19: draws.start = \"uniform\" stands beside a table [start]"));
  CHECK_THAT(complaint_about(nuts + "draws = { tuning_from = \"nowhere\" }\n"),
             StartsWith("run.toml:3:25: draws.tuning_from: nowhere/result.h5: cannot open it"));
}

TEST_CASE("files that are not there are shown with their place", "[run][error]") {
  const std::string end = "\ntime = { end = 1.0 }\n";
  const auto about_data = [&](const std::string& data) {
    return complaint_about("model.name = \"mlp\"\nmodel.data = { " + data + " }" + end);
  };
  CHECK_THAT(
      about_data("name = \"csv\", file = \"no.csv\""),
      StartsWith("run.toml:2:37: model.data.file = \"no.csv\" names a file that is not there; "
                 "a relative path starts from /"));
  CHECK_THAT(
      about_data("name = \"hdf5\", file = \"/no.h5\""),
      StartsWith("run.toml:2:38: model.data.file = \"/no.h5\" names a file that is not there"));
  CHECK_THAT(about_data("name = \"idx\", images = \"no-ubyte\", labels = \"no-ubyte\""),
             StartsWith("run.toml:2:39: model.data.images = \"no-ubyte\" names a file that is not "
                        "there: data file \"no-ubyte\" is not in "));
  // What is there and cannot be read is told with the table that names it.
  CHECK_THROWS_WITH(about_data("name = \"csv\", file = \"/dev/null\""),
                    StartsWith("run.toml:2:14: model.data: /dev/null: "));
  CHECK_THAT(
      complaint_about("model = { name = \"wave\", profile = \"file\", mu_file = \"no.csv\" }\n"
                      "time = { steps = 1 }\n"),
      StartsWith("run.toml:1:54: model.mu_file = \"no.csv\" names a file that is not there"));
  CHECK_THAT(complaint_about(model + "start = { from = \"nowhere\" }\n"),
             StartsWith("run.toml:3:18: start.from: nowhere/result.h5: cannot open it"));
}

TEST_CASE("random networks that cannot be are refused with their place", "[run][error]") {
  const std::string end = "\ntime = { steps = 1 }\n";
  const auto about = [&](const std::string& fields) {
    return complaint_about("model = { name = \"random_network\", width = 5, depth = 2, nets = 1" +
                           fields + " }" + end);
  };
  CHECK(about("") == "no complaint");
  CHECK_THAT(about(", sigma_w = []"), Contains("sigma_w = [] must hold at least one number"));
  CHECK_THAT(about(", sigma_w = [1.0, -2.0]"), Contains("must hold numbers in (0, 1e6)"));
  CHECK_THAT(about(", inputs = 5"), Contains("inputs = 5 must be < width"));
  CHECK_THAT(about(", activation = \"softplus\", sigma_b = 1.0, unit = \"critical\""),
             Contains("needs an edge of chaos, which softplus with sigma_b = 1 does not have"));
  CHECK_THAT(about(", phase = { sigma_w_low = 2.0, sigma_w_high = 1.0 }"),
             Contains("must be > sigma_w_low"));
}

TEST_CASE("depth that ends, and keys that would say nothing, are refused with their place",
          "[run][error]") {
  const auto depth = [&](const std::string& fields, const std::string& time) {
    return complaint_about("model = { " + fields + " }\ntime = { " + time + " }\n");
  };
  const std::string net = "name = \"random_network\", width = 5, depth = 2, nets = 1",
                    wave = "name = \"wave\", cells = [16], layers = 3",
                    flow = "name = \"continuous_depth\", depth = 2.5, layers = [{ label = \"a\" }]";
  CHECK_THAT(depth(net, "steps = 3"),
             StartsWith("run.toml:2:18: time.steps = 3 must not lead beyond "
                        "model.depth = 2, where the net ends"));
  CHECK_THAT(depth(net, "start = 1.0, steps = 2"),
             Contains("must not lead beyond model.depth = 2"));
  CHECK_THAT(depth(wave, "steps = 4"), Contains("must not lead beyond model.layers = 3"));
  CHECK_THAT(depth(wave, "start = 3.0"), Contains("time.start = 3.0 must be < model.layers = 3"));
  CHECK_THAT(depth(flow, "end = 3.0"),
             StartsWith("run.toml:2:16: time.end = 3.0 must not lead beyond model.depth = 2.5"));
  for (const auto& m : {net, wave, flow}) {
    CHECK(depth(m, "") == "no complaint");
    CHECK(depth(m, m == flow ? "end = 2.5" : "steps = 2") == "no complaint");
  }

  const auto ode = [&](const std::string& fields) {
    return complaint_about("model = { name = \"neural_ode\", " + fields +
                           " }\ntime = { end = 1.0 }\n");
  };
  CHECK_THAT(
      ode("data = { name = \"rings\" }, window = 5"),
      StartsWith("run.toml:1:68: model.window = 5 belongs to a series, but the task is \"end\" "
                 "(data set \"rings\")"));
  CHECK_THAT(ode("depth = 2.0"), Contains("model.depth = 2.0 belongs to data that are no series"));
  CHECK_THAT(
      complaint_about("model = { name = \"normalising_flow\", data = { name = \"cubic_spiral\" "
                      "} }\ntime = { end = 1.0 }\n"),
      Contains("is a series, whose states depend on each other"));
}
