#include <support/catch.hpp>

#include <limits>
#include <nlohmann/json.hpp>
#include <thalweg/app/run_summary.hpp>

using namespace thalweg;

namespace {

RunSummary example() {
  RunSummary s;
  s.message = "reached t = 100";
  s.directory = "no/such/directory";
  s.t = 100.0;
  s.seconds = 1.25;
  s.steps = {.accepted = 90, .rejected = 10};
  s.calls.rhs = 601;
  s.calls.gradients = 602;
  s.final_values = {{"loss", 0.125}, {"gradient_norm", std::numeric_limits<double>::quiet_NaN()}};
  s.rows = {{"curves", 401}};
  s.warnings = {"switched to rkc2"};
  s.quality_messages = {"quality.energy_balance: 1e-3 is not <= 1e-6, NOT met"};
  return s;
}

}  // namespace

TEST_CASE("the summary begins with the outcome and shows counts, values and warnings",
          "[app][unit]") {
  const auto text = summary_text(example());
  CHECK(text.find("complete: reached t = 100\n") == 0);
  for (const char* part :
       {"accepted steps    90\n", "rejected steps    10 (10.0 %)\n", "right-hand sides  601\n",
        "gradients         602\n", "loss              0.125\n", "gradient_norm     nan\n",
        "rows of curves    401\n", "switched to rkc2", "NOT met"})
    CHECK_THAT(text, Catch::Contains(part));
  CHECK(text.find("Hessian") == std::string::npos);  // there were none
}

TEST_CASE("the summary for programs is JSON, also with numbers that are not finite",
          "[app][unit]") {
  auto summary = example();
  summary.directory = "bytes \xff that are not UTF-8";
  const auto j = nlohmann::json::parse(summary_json(summary, 4));
  CHECK(j["schema"] == "thalweg-run-1");
  CHECK(j["outcome"] == "complete");
  CHECK(j["exit_code"] == 4);
  CHECK(j["steps"]["rejected"] == 10);
  CHECK(j["calls"]["rhs"] == 601);
  CHECK(j["final_values"]["loss"] == 0.125);
  CHECK(j["final_values"]["gradient_norm"].is_null());
  CHECK(j["rows"]["curves"] == 401);
}

TEST_CASE("each outcome of a run has its exit code", "[app][unit]") {
  RunSummary s;
  const auto code = [&](Outcome outcome, int signal = 0) {
    s.outcome = outcome;
    return s.exit_code(signal);
  };
  CHECK(code(Outcome::complete) == 0);
  CHECK(code(Outcome::event) == 0);
  CHECK(code(Outcome::complete, 2) == 0);  // the signal came after the last step
  CHECK(code(Outcome::interrupted, 2) == 130);
  CHECK(code(Outcome::interrupted, 15) == 143);
  CHECK(code(Outcome::step_budget) == 6);
  CHECK(code(Outcome::wall_budget) == 6);
  for (const auto failure : {Outcome::not_finite, Outcome::step_too_small, Outcome::no_motion,
                             Outcome::diverged, Outcome::stiff})
    CHECK(code(failure) == 3);
  s.quality_met = false;
  CHECK(code(Outcome::complete) == 4);
  CHECK(code(Outcome::event) == 4);
  CHECK(code(Outcome::diverged) == 3);
}
