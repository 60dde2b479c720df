#include <thalweg/app/config_rows.hpp>
#include <thalweg/run/plane/plane_config.hpp>
#include <thalweg/run/run_config.hpp>
#include <thalweg/sweep/sweep_config.hpp>

namespace thalweg {

std::vector<FieldRow> config_rows() {
  RunConfig config;
  std::vector<FieldRow> rows;
  for (auto& row : describe_fields([&](Fields& f) { config.fields(f); })) {
    bool of_a_part = false;
    for (const std::string part : {"model.", "dynamics.", "solver."}) {
      const auto at = row.key.find(part);
      of_a_part = of_a_part || (at != std::string::npos && row.key.substr(at) != part + "name");
    }
    if (!of_a_part) rows.push_back(std::move(row));
  }
  // The tables that a run over a plane has of its own.
  PlaneConfig plane;
  for (auto& row : describe_fields([&](Fields& f) { plane.fields(f); }))
    if (row.key == "plane" || row.key == "plane.name" || row.key.starts_with("window") ||
        row.key.starts_with("zoom") || row.key == "output.pictures")
      rows.push_back(std::move(row));
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
