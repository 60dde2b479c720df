// What the time of a run counts: in its file, on the axes of its figures and in units per time.
#include <support/catch.hpp>
#include <support/run_helpers.hpp>
#include <thalweg/report/figures.hpp>
#include <thalweg/report/run_file.hpp>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

struct Case {
  std::string config, name, label, unit;
};

}  // namespace

TEST_CASE("axes and units say what time counts", "[run]") {
  const auto c = GENERATE(values<Case>({
      {"model.name = \"henon\"\ntime.steps = 5\n", "step", "step n", "1/step"},
      {"model.name = \"lorenz63\"\ntime.end = 1.0\n", "model time", "model time t", "1/time"},
      {"model.name = \"random_network\"\nmodel.width = 8\nmodel.depth = 5\nmodel.nets = 1\n"
       "model.inputs = 1\n",
       "layer", "layer", "1/layer"},
      {"model = { name = \"continuous_depth\", layers = [{ field.name = \"linear\" }] }\n", "depth",
       "depth", "1/depth"},
      // the axis is steps times learning rate, exponents are of steps
      {"model.name = \"double_well\"\ndynamics = { name = \"gradient_descent\", learning_rate = "
       "0.1 }\ntime.steps = 5\n",
       "model time", "model time t", "1/step"},
  }));
  CAPTURE(c.config);
  const TemporaryDirectory tmp;
  const auto summary =
      run_text(c.config +
                   "output.report = false\n[[record]]\nname = \"curves\"\nwhen.steps = 1\nwhat = "
                   "[\"speed\"]\n[[analysis]]\nname = \"ahead\"\nmethod = { name = \"lyapunov\", "
                   "horizon = 1.0, derivatives = \"differences\" }\nwhen.steps = 5\n",
               tmp.file("run"));
  REQUIRE(success(summary.outcome));
  CHECK(summary.time_name == c.name);
  const report::RunFile file(tmp.file("run"));
  CHECK(report::time_name(file) == c.name);
  bool drawn = false;
  for (const auto& r : file.records()) {
    if (const auto* v = r.find("finite_time_exponent")) CHECK(v->unit == c.unit);
    if (r.name == "curves") CHECK(report::time_label(file, r) == c.label);
  }
  for (const auto& plan : report::plan_figures(file)) {
    const auto figure = plan.load();
    if (figure.path || figure.grid || plan.record != "curves") continue;
    drawn = true;
    CHECK(figure.x_label == c.label);
    CHECK_THAT(figure.caption, Contains("against " + c.name));
  }
  CHECK(drawn);
}
