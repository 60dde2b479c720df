#include <nlohmann/json.hpp>
#include <thalweg/config/describe_fields.hpp>

#include "support/catch.hpp"
#include "support/sample_config.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

std::vector<FieldRow> rows() {
  return describe_fields([](Fields& f) { Sample().fields(f); });
}

const FieldRow& row(const std::vector<FieldRow>& all, const std::string& key) {
  for (const auto& r : all)
    if (r.key == key) return r;
  FAIL("no row " + key);
  return all.front();
}

}  // namespace

TEST_CASE("describing lists every field with its path, default, unit, rule and meaning",
          "[config][unit]") {
  const auto all = rows();
  std::vector<std::string> keys;
  for (const auto& r : all) keys.push_back(r.key);
  CHECK(keys == std::vector<std::string>{"seed", "quiet", "rtol", "limit", "times", "steps",
                                         "model", "model.name", "model.damping", "model.widths",
                                         "model.complaint", "record[]", "record[].name",
                                         "record[].what", "record[].when", "record[].when.every",
                                         "record[].when.start"});
  const auto& damping = row(all, "model.damping");
  CHECK(damping.type == "number");
  CHECK(damping.standard == "0.2");
  CHECK(damping.unit == "1/time");
  CHECK(damping.rule == "must be in [0, 1)");
  CHECK(damping.doc == "friction coefficient");
  CHECK_FALSE(damping.required);

  const auto& name = row(all, "model.name");
  CHECK(name.required);
  CHECK(name.standard.empty());
  CHECK(name.choices == std::vector<std::string>{"quadratic", "rosenbrock", "mlp"});

  CHECK(row(all, "steps").standard.empty());
  CHECK_FALSE(row(all, "steps").required);
}

TEST_CASE("the text of a description has one aligned line per field", "[config][unit]") {
  const std::string text = fields_text(rows());
  CHECK(text.starts_with(
      "key                  default     unit    meaning\n"
      "seed                 0           1       of all random numbers (integer, must be >= 0)\n"
      "quiet                false               no progress (true/false)\n"));
  CHECK(text.find("\nmodel.name           (required)          which model (text, must be "
                  "\"quadratic\", \"rosenbrock\" or \"mlp\")\n") != std::string::npos);
  CHECK(text.find(
            "\nsteps                -           1       most steps (integer, must be >= 1)\n") !=
        std::string::npos);
}

TEST_CASE("bounds are written as a person writes them", "[config][unit]") {
  CHECK(between(1.0, 1e12).text() == "must be in [1, 1e12]");
  CHECK(between(-2.5e6, 10000.0).text() == "must be in [-2.5e6, 10000]");
  CHECK(greater_than(1e-6).text() == "must be > 1e-6");
  CHECK(at_least(1000000.0).text() == "must be >= 1e6");
  CHECK(between(0.0, 123456789.0).text() == "must be in [0, 123456789]");
  CHECK(between(0.25, 4096.0).text() == "must be in [0.25, 4096]");
  CHECK(between(0.0, 1e20).text() == "must be in [0, 1e20]");
}

TEST_CASE("the JSON of a description carries typed defaults", "[config][unit]") {
  const auto json = nlohmann::json::parse(fields_json(rows()));
  REQUIRE(json.size() == rows().size());
  CHECK(json[0]["key"] == "seed");
  CHECK(json[0]["default"] == 0);
  CHECK(json[2]["default"] == 1e-6);
  CHECK(json[3]["default"] == "inf");
  CHECK(json[4]["default"] == nlohmann::json({0.5, 1.0}));
  CHECK(json[5]["default"].is_null());
  CHECK(json[7]["required"] == true);
  CHECK(json[9]["default"] == nlohmann::json({3, 2}));
}
