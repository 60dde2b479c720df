// Every way a run can end, through the whole run: the outcome, its words, and a file that reads.
#include <hdf5.h>
#include <support/catch.hpp>
#include <support/run_helpers.hpp>

#include <cmath>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

struct Ending {
  std::string config;
  Outcome outcome;
  std::string words;
};

}  // namespace

TEST_CASE("a run that cannot go on says why and leaves its last finite state", "[run][error]") {
  const auto e = GENERATE(values<Ending>({
      {R"(model = { name = "quadratic", spectrum = [1e12, 1.0] }
start.state = [1.0, 1.0]
time.end = 1e4
solver.name = "dopri5")",
       Outcome::stiff, "the problem is stiff"},
      {R"(model = { name = "quadratic", spectrum = [1.0] }
start.state = [1.0]
time.end = 1e4
solver = { name = "rk4", dt = 1e-14 })",
       Outcome::step_too_small, "raise the step"},
      {R"(model = { name = "quadratic", spectrum = [-1.0] }
start.state = [1.0]
time.end = 1e4
solver.name = "dopri5")",
       Outcome::diverged, "runs away"},
      {R"(model = { name = "quadratic", spectrum = [10.0] }
dynamics = { name = "gradient_descent", learning_rate = 1.0 }
start.state = [1.0]
time.end = 1e4)",
       Outcome::diverged, "a smaller step (learning rate) may keep it bounded"},
      {R"(model = { name = "quadratic", spectrum = [1.0] }
start.state = [1.0]
time.end = 1e4
limits.max_steps = 50
solver.name = "dopri5")",
       Outcome::step_budget, "50 steps (limits.max_steps)"},
  }));
  CAPTURE(e.config);
  const TemporaryDirectory tmp;
  const auto summary = run_text(e.config + "\noutput.report = false\n", tmp.file("run"));
  CHECK(name(summary.outcome) == name(e.outcome));
  CHECK_THAT(summary.message, Contains(e.words));
  CHECK(summary.seconds < 10.0);  // the promise is about one second on a quiet machine
  for (const double x : read_back(tmp.file("run"), "/final/state")) CHECK(std::isfinite(x));
  const auto file = h5::File::open(tmp.file("run") + "/result.h5");
  CHECK(std::get<std::string>(*file.attribute("/", "status")) == name(e.outcome));
  // No [[record]] was asked for: the default one of 400 rows has what came before the end.
  CHECK(read_back(tmp.file("run"), "/series/curves/loss").size() >= 1);
}

TEST_CASE("without a record there are 400 rows of what one looks at first", "[run]") {
  const TemporaryDirectory tmp;
  run_text("model = { name = \"quadratic\" }\ntime.end = 5.0\noutput.report = false\n",
           tmp.file("run"));
  const auto t = read_back(tmp.file("run"), "/series/curves/time");
  CHECK(t.size() == 400);
  CHECK((t.front() == 0.0 && t.back() == 5.0));
}

TEST_CASE("a run stopped by one event sees the next one after it is resumed", "[run]") {
  // exp(-t) passes 0.5 at ln 2 and 0.49 at 0.713, in the same step of the loose solver.
  const std::string text = R"(
model = { name = "quadratic", spectrum = [1.0] }
start.state = [1.41421356237309515]
time.end = 2.0
output.report = false
solver = { name = "dopri5", rtol = 1e-4, atol = 1e-7 }
[[event]]
name = "a"
quantity = "loss"
level = 0.5
direction = "down"
[[event]]
name = "b"
quantity = "loss"
level = 0.49
direction = "down"
action = "record"
)";
  const TemporaryDirectory tmp;
  REQUIRE(run_text(text, tmp.file("run")).outcome == Outcome::event);
  REQUIRE(resume_in(tmp.file("run")).outcome == Outcome::complete);
  const auto t = read_back(tmp.file("run"), "/events/time_events");
  REQUIRE(t.size() == 2);
  // loss = exp(-2 t); rtol 1e-4 in q
  CHECK(t[0] == Approx(0.5 * std::log(2.0)).epsilon(0.0).margin(1e-3));
  CHECK(t[1] == Approx(-0.5 * std::log(0.49)).epsilon(0.0).margin(1e-3));
}

TEST_CASE("a run may start where another ended, and names its parent", "[run]") {
  const TemporaryDirectory tmp;
  const std::string head =
      "model = { name = \"double_well\", dim = 2 }\ntime.end = 1.0\n"
      "output.report = false\n";
  run_text(head + "start.state = [0.3, -0.2]\n", tmp.file("one"));
  run_text(head + "start.from = \"" + tmp.file("one") + "\"\n", tmp.file("two"));
  CHECK(read_back(tmp.file("two"), "/initial/state") == read_back(tmp.file("one"), "/final/state"));
  const auto id = h5::File::open(tmp.file("one") + "/result.h5").attribute("/provenance", "run_id");
  CHECK(h5::File::open(tmp.file("two") + "/result.h5").attribute("/provenance", "parent_run_id") ==
        id);
}

TEST_CASE("the global error is estimated end to end, against the closed form", "[run]") {
  const TemporaryDirectory tmp;
  const std::string text = R"(
model = { name = "double_well", dim = 1 }
start.state = [0.1]
time.end = 3.0
output.report = false
solver = { name = "dopri5", rtol = 1e-5, atol = 1e-8 }
[[record]]
what = ["exact_error", "relative_distance_tighter"]
)";
  const auto met = run_text(text + "[quality]\nglobal_error = 1e-2\n", tmp.file("met"));
  CHECK(met.exit_code() == 0);
  const auto missed = run_text(text + "[quality]\nglobal_error = 1e-12\n", tmp.file("missed"));
  CHECK(missed.exit_code() == 4);
  // A run at a tenth of the tolerance is some ten times nearer to the truth, and the distance
  // moved, by which the estimate is divided, is 0.9 here.
  const double truth = read_back(tmp.file("met"), "/series/curves/exact_error").back();
  const double estimate =
      read_back(tmp.file("met"), "/series/curves/relative_distance_tighter").back();
  CAPTURE(truth, estimate);
  CHECK((estimate > 0.5 * truth && estimate < 2.0 * truth));
}

TEST_CASE("a run killed after its last step and before its last word is finished by resume",
          "[run]") {
  const TemporaryDirectory tmp;
  run_text("model = { name = \"quadratic\" }\ntime.end = 1.0\noutput.report = false\n",
           tmp.file("run"));
  CHECK_THROWS_WITH(resume_in(tmp.file("run")), Contains("not before its end"));
  // What such a kill leaves: everything but the final status.
  const hid_t file = H5Fopen((tmp.file("run") + "/result.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t status = H5Aopen(file, "status", H5P_DEFAULT), type = H5Aget_type(status);
  REQUIRE(H5Awrite(status, type, "running\0") >= 0);
  H5Tclose(type);
  H5Aclose(status);
  H5Fclose(file);
  CHECK(resume_in(tmp.file("run")).outcome == Outcome::complete);
}

TEST_CASE("a diverging run with its sharpness recorded ends by its own name, not as broken",
          "[run][error]") {
  const TemporaryDirectory tmp;
  const auto summary = run_text(R"(
model = { name = "double_well", dim = 2 }
start.state = [3.0, 1.0]
dynamics = { name = "gradient_descent", learning_rate = 3.0 }
time.steps = 100
limits.divergence = 1e300
output.report = false
[[record]]
what = ["loss", "sharpness"]
when = { steps = 1 }
[[analysis]]
method = { name = "hessian_eigenvalues", largest = 1, smallest = 0 }
when = { steps = 1 }
)",
                                tmp.file("run"));
  CHECK(name(summary.outcome) == name(Outcome::diverged));
  const auto file = h5::File::open(tmp.file("run") + "/result.h5");
  CHECK(std::get<std::string>(*file.attribute("/", "status")) == name(Outcome::diverged));
  // The last finite iterate is of size 1e168, and 3 x^2 of it is not a number.
  CHECK(std::isnan(read_back(tmp.file("run"), "/series/curves/sharpness").back()));
  CHECK(read_back(tmp.file("run"), "/series/spectrum/converged").back() == 0.0);
}
