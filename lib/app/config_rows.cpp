#include <thalweg/app/config_rows.hpp>
#include <thalweg/run/run_config.hpp>

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
  return rows;
}

}  // namespace thalweg
