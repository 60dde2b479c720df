#include <thalweg/app/config_rows.hpp>

#include <algorithm>
#include <thalweg/run/plane/plane_config.hpp>
#include <thalweg/run/run_config.hpp>
#include <thalweg/sweep/sweep_config.hpp>

namespace thalweg {

namespace {

// Fields of a model, a dynamics or another part, which `describe` tells under the part's own name.
bool of_a_part(const FieldRow& row) {
  for (const std::string part : {"model.", "dynamics.", "solver.", "plane."}) {
    const auto at = row.key.find(part);
    if (at != std::string::npos && row.key.substr(at) != part + "name") return true;
  }
  return false;
}

// Rows of keys that are not there yet.
void add_rows(std::vector<FieldRow>& rows, std::vector<FieldRow> more) {
  for (auto& row : more)
    if (!of_a_part(row) &&
        std::ranges::none_of(rows, [&](const FieldRow& r) { return r.key == row.key; }))
      rows.push_back(std::move(row));
}

}  // namespace

std::vector<FieldRow> config_rows() {
  std::vector<FieldRow> rows;
  RunConfig config;
  add_rows(rows, describe_fields([&](Fields& f) { config.fields(f); }));
  PlaneConfig plane;
  add_rows(rows, describe_fields([&](Fields& f) { plane.fields(f); }));
  return rows;
}

std::vector<FieldRow> sweep_rows() {
  SweepConfig config;
  // Of the lists one element each, to describe.
  config.axes.resize(1);
  config.collect.resize(1);
  auto rows = describe_fields([&](Fields& f) { config.fields(f); });
  for (auto& row : rows) {
    if (row.key == "base") row.type = "text or table";
    if (row.key == "set") row.type = "table";
    if (row.key == "point") row.type = "list of tables";
    if (row.key == "axis[].values") row.type = "list of anything";
    if (row.key == "base" || row.key == "axis[].key") row.required = true;
    if (row.key == "base" || row.key == "set" || row.key == "point" || row.key == "axis[].values" ||
        row.key == "axis[].key")
      row.standard.clear();
  }
  return rows;
}

}  // namespace thalweg
