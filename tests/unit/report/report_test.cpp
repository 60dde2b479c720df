// The report and the summary of every kind of run: finished, failed, under way, empty, odd.
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/core/error.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/report/draw.hpp>
#include <thalweg/report/figures.hpp>
#include <thalweg/report/info.hpp>
#include <thalweg/report/report.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <regex>

#include <nlohmann/json.hpp>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::string path_of(const TemporaryDirectory& directory) {
  return std::filesystem::path(directory.file("x")).parent_path().string();
}

Variable scalar(const std::string& name, const std::string& long_name) {
  Variable v;
  v.name = name;
  v.long_name = long_name;
  return v;
}

/// A run with loss, gd's loss, gradient norm and the speeds of three layers; `value(variable,
/// row)`.
template <class Value>
void write_run(const std::string& directory, int rows, Value value, const RunStatus& status,
               const std::string& title = "A run") {
  Variable layers = scalar("layer_speed", "speed of each layer, |dW/dt|_F");
  Axis axis{.name = "layer", .size = 3, .long_name = "weight block"};
  axis.labels = {"W1", "W2", "W3"};
  layers.axes = {axis};
  SeriesSchema series{.name = "curves", .variables = {}};
  series.variables = {scalar("loss", "loss L"), scalar("loss_gd", "loss of gd"),
                      scalar("gradient_norm", "gradient norm |grad L|"), layers};
  Metadata m;
  m.title = title;
  m.provenance = {{"config", std::string("[model]\nname = \"a<b\"\n")}, {"wall_seconds", 1.5}};
  auto output = RunOutput::create(directory, m, {series});
  for (int i = 0; i < rows; ++i) {
    Vec row(6);
    for (int k = 0; k < 6; ++k) row[k] = value(k, i);
    output.append(0, 0.1 * i, i, row);
  }
  if (status.status == "running")
    output.publish();
  else
    output.finish(status);
}

double decay(int variable, int row) { return std::exp(-0.05 * row) / (1 + variable); }

const RunStatus complete{.status = "complete",
                         .reason = "reached the end",
                         .t_reached = 4.0,
                         .counts = {{"steps_accepted", 40}}};

/// Well-formed as far as a report can be: one page, nothing from outside.
void check_page(const std::string& html) {
  CHECK(html.starts_with("<!DOCTYPE html>"));
  CHECK(html.ends_with("</html>\n"));
  CHECK_FALSE(std::regex_search(
      html, std::regex("(src|href)\\s*=\\s*['\"]?(https?:|//|file:)|@import|url\\((?!#)",
                       std::regex::icase)));
  for (const char* tag : {"figure", "svg", "table", "details", "section", "dl", "ul"}) {
    const auto count = [&](const std::string& text) {
      int n = 0;
      for (auto at = html.find(text); at != std::string::npos; at = html.find(text, at + 1)) ++n;
      return n;
    };
    const std::string name = tag;
    CAPTURE(name);
    CHECK(count("<" + name + ">") + count("<" + name + " ") == count("</" + name + ">"));
  }
}

std::string report_of(const TemporaryDirectory& run) {
  const auto path = write_report(path_of(run));
  CHECK(path == run.file("report.html"));
  auto html = read_text_file(path);
  check_page(html);
  return html;
}

}  // namespace

TEST_CASE("the report of a finished run shows its figures, numbers and configuration",
          "[report][unit]") {
  const TemporaryDirectory run;
  write_run(path_of(run), 41, decay, complete);
  const auto html = report_of(run);
  for (const char* text : {">complete</span>", "<h3>Loss</h3>", "<h3>Gradient norm</h3>",
                           "<h3>Speed of each layer</h3>", "W3", "1 → 0.1353", "accepted steps",
                           "name = &quot;a&lt;b&quot;", "xr.open_dataset"})
    CHECK_THAT(html, Contains(text));
  CHECK_THAT(html, !Contains("Warnings"));
  CHECK(html.size() < 1500000);
}

TEST_CASE("the report says first why a run failed", "[report][unit]") {
  const TemporaryDirectory run;
  write_run(path_of(run), 41, decay,
            {.status = "not_finite",
             .reason = "the state is not finite at t = 4.1\ncompare \"gd\" failed",
             .t_reached = 4.0});
  const auto html = report_of(run);
  const auto warning = html.find("Warnings");
  REQUIRE(warning != std::string::npos);
  CHECK(warning < html.find("<figure>"));
  CHECK_THAT(html, Contains("badge bad") && Contains("the state is not finite at t = 4.1") &&
                       Contains("compare &quot;gd&quot; failed"));
}

TEST_CASE("a requested quality that was not met is a warning", "[report][unit]") {
  const TemporaryDirectory run;
  write_run(path_of(run), 3, decay,
            {.status = "complete",
             .reason = "reached the end\nquality.global_error: 0.2 is not <= 0.1, NOT met\n"
                       "quality.energy_balance: 1e-9 <= 1e-6, met"});
  const auto html = report_of(run);
  CHECK_THAT(html,
             Contains("Requested quality.global_error") && Contains("quality.energy_balance"));
  CHECK_THAT(html, !Contains("Requested quality.energy_balance"));
  const auto info = nlohmann::json::parse(info_json(path_of(run)));
  CHECK(info["quality"].size() == 2);
  CHECK(info["remarks"].empty());
}

TEST_CASE("a report can be made at any time and of any rows", "[report][property]") {
  struct Case {
    const char* name;
    int rows;
    double (*value)(int, int);
    const char* says;
  };
  const Case cases[] = {
      {"no row", 0, decay, "Series curves has no row"},
      {"one row", 1, decay, "<h3>Loss</h3>"},
      {"two rows", 2, decay, "<h3>Loss</h3>"},
      {"only NaN", 30, [](int, int) { return not_a_number; }, "There is no finite value to draw"},
      {"NaN in the middle", 30,
       [](int k, int i) { return i / 10 == 1 ? not_a_number : decay(k, i); },
       "Loss, gd: 10 of 30 rows are not finite, the first at t = 1"},
      {"infinite", 30, [](int k, int i) { return i == 20 ? HUGE_VAL : decay(k, i); }, "not finite"},
      {"negative", 30, [](int k, int i) { return -decay(k, i) - 3; }, "<h3>Loss</h3>"},
      {"of both signs", 30, [](int, int i) { return std::cos(0.3 * i); }, "<h3>Loss</h3>"},
      {"constant", 30, [](int, int) { return 2.5; }, "<h3>Loss</h3>"},
      {"zero", 30, [](int, int) { return 0.0; }, "<h3>Loss</h3>"},
      {"nearly constant", 30, [](int, int i) { return 2.5 + 1e-9 * std::sin(i); },
       "Drawn is the change from the first value, 2.5"},
      {"huge", 30, [](int, int i) { return i % 2 ? 1e308 : -1e308; }, "<h3>Loss</h3>"},
      {"tiny", 30, [](int, int i) { return std::pow(10.0, -10.0 * (i + 1)); }, "<h3>Loss</h3>"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const TemporaryDirectory run;
    write_run(path_of(run), c.rows, c.value, c.rows == 2 ? RunStatus{} : complete);
    CHECK_THAT(report_of(run), Contains(c.says));
    CHECK_NOTHROW(nlohmann::json::parse(info_json(path_of(run))));
  }
}

TEST_CASE("text from the file is never markup", "[report][property]") {
  const TemporaryDirectory run;
  write_run(path_of(run), 5, decay, {.status = "complete", .reason = "<script>alert(1)</script>"},
            "<img src=x onerror=alert(1)> & 'title'");
  const auto html = report_of(run);
  CHECK_THAT(html, !Contains("<script") && !Contains("<img"));
  CHECK_THAT(html, Contains("&lt;img src=x"));
}

TEST_CASE("figures overlay companions and closed forms on the quantity they belong to",
          "[report][unit]") {
  const TemporaryDirectory run;
  SeriesSchema series{.name = "curves", .variables = {}};
  for (const char* name : {"loss", "loss_gd", "exact_loss", "distance_gd", "relative_distance_gd",
                           "steps_accepted", "steps_rejected", "temperature"})
    series.variables.push_back(scalar(name, std::string("the ") + name));
  auto sparse = series;
  sparse.name = "sparse";
  sparse.time_axis = "time_sparse";  // first in the file, and shorter
  auto output = RunOutput::create(path_of(run), {.title = "x", .summary = ""}, {sparse, series});
  for (int i = 0; i < 20; ++i) output.append(1, i, i, Vec::Constant(8, 1.0 + i));
  output.append(0, 0.0, 0, Vec::Constant(8, 1.0));
  output.finish(complete);

  const report::RunFile file(path_of(run));
  std::vector<std::string> titles;
  for (const auto& plan : report::plan_figures(file)) {
    titles.push_back(plan.title);
    CHECK(plan.record == "curves");  // the longer series
    const auto figure = plan.load();
    if (plan.title == "Loss") {
      REQUIRE(figure.curves.size() == 3);
      CHECK(figure.curves[1].label == "gd");
      CHECK(figure.curves[2].role == report::Curve::Role::theory);
    }
    if (plan.title == "Rejected steps") CHECK(figure.curves[0].y.back() == Approx(0.5));
  }
  CHECK(titles == std::vector<std::string>{"Loss", "Distance at equal time",
                                           "Relative distance at equal time", "Rejected steps",
                                           "The steps_accepted", "The temperature"});
}

TEST_CASE("energies of a damped motion are stacked up to the first row's", "[report][unit]") {
  for (const double lowest : {0.0, -1.0}) {  // an energy below 0 has no height
    const TemporaryDirectory run;
    SeriesSchema series{.name = "curves", .variables = {}};
    for (const char* name : {"kinetic_energy", "potential_energy"})
      series.variables.push_back(scalar(name, name));
    auto output = RunOutput::create(path_of(run), {.title = "x", .summary = ""}, {series});
    for (int i = 0; i < 20; ++i) {
      const double E = std::exp(-0.1 * i), T = E * std::pow(std::sin(i), 2);
      output.append(0, i, i, Vec{{T, E - T + lowest}});
    }
    output.finish(complete);
    const report::RunFile file(path_of(run));
    const auto plans = report::plan_figures(file);
    REQUIRE(plans.size() == (lowest < 0.0 ? 1 : 2));
    if (lowest < 0.0) continue;
    auto stack = plans[1].load();
    REQUIRE(stack.curves.size() == 3);  // lost, kinetic, potential: the lower ones cover the higher
    for (std::size_t i = 0; i < 20; ++i) {
      const double E = std::exp(-0.1 * static_cast<double>(i));
      CHECK(stack.curves[0].y[i] == Approx(1.0).epsilon(1e-14));
      CHECK(stack.curves[1].y[i] == Approx(E).epsilon(1e-14));
      CHECK(stack.curves[2].y[i] <= stack.curves[1].y[i]);
    }
    CHECK_THAT(report::draw(stack, "x"), Contains(">lost to friction</text>"));
  }
}

TEST_CASE("low-dimensional systems get a phase portrait", "[report][unit]") {
  const TemporaryDirectory run;
  Variable state = scalar("state", "state vector");
  state.axes = {Axis{.name = "unknown", .size = 2, .long_name = "unknown"}};
  SeriesSchema series{.name = "curves", .variables = {}};
  series.variables = {state};
  auto output = RunOutput::create(path_of(run), {.title = "oscillator", .summary = ""}, {series});
  const Axis block{.name = "block", .size = 2, .long_name = "block"};
  Variable name = scalar("name", "name"), size = scalar("size", "size");
  name.axes = size.axes = {block};
  size.type = Variable::Type::integer;
  output.put("/layout", name, std::span<const std::string>(std::vector<std::string>{"q", "p"}));
  output.put("/layout", size, std::span<const double>(std::vector<double>{1, 1}));
  for (int i = 0; i < 100; ++i) {
    Vec x(2);
    x << std::cos(0.1 * i), -std::sin(0.1 * i);
    output.append(0, 0.1 * i, i, x);
  }
  output.finish(complete);
  const auto html = report_of(run);
  CHECK_THAT(html,
             Contains("<h3>Phase portrait</h3>") && Contains(">q</text>") && Contains(">p</text>"));
}

TEST_CASE("info tells status, series, units and how to go on", "[report][unit]") {
  const TemporaryDirectory run;
  write_run(path_of(run), 12, decay,
            {.status = "interrupted",
             .reason = "stopped by a signal",
             .t_reached = 1.1,
             .counts = {{"steps_accepted", 11}}});
  auto info = nlohmann::json::parse(info_json(path_of(run)));
  CHECK(info["schema"] == "thalweg-info-1");
  CHECK(info["status"] == "interrupted");
  CHECK(info["counts"]["steps_accepted"] == 11);
  CHECK(info["series"][0]["rows"] == 12);
  CHECK(info["series"][0]["last_time"] == Approx(1.1));
  CHECK(info["series"][0]["variables"][3]["shape"] == nlohmann::json({3}));
  CHECK(info["checkpoint"] == false);
  CHECK(info["resume"].is_null());
  CHECK_FALSE(info["provenance"].contains("config"));
  CHECK_THAT(info_text(path_of(run)), Contains("interrupted: stopped by a signal") &&
                                          Contains("12 rows, time 0 to 1.1") && Contains("loss L"));

  write_text_file(run.file("checkpoint/checkpoint.h5"), "only its presence matters here");
  info = nlohmann::json::parse(info_json(run.file("result.h5")));
  CHECK(info["resume"] == "thalweg resume " + path_of(run));
  CHECK_THAT(report_of(run), Contains("To continue: thalweg resume"));
}

TEST_CASE("what is not a run is refused by name", "[report][error]") {
  const TemporaryDirectory empty;
  CHECK_THROWS_WITH(write_report(path_of(empty)), Contains("no result.h5"));
  CHECK_THROWS_WITH(info_text(empty.file("absent")), Contains("no such file"));
  write_text_file(empty.file("text.h5"), "not HDF5");
  CHECK_THROWS_AS(info_json(empty.file("text.h5")), IoError);
  h5::File::create(empty.file("other.h5")).close();
  CHECK_THROWS_WITH(write_report(empty.file("other.h5")), Contains("not the result of a run"));
}
