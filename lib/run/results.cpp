#include <thalweg/run/results.hpp>

namespace thalweg {

PutArray into(RunOutput& output) {
  return [&output](const std::string& group, const Variable& variable,
                   std::span<const double> values) { output.put(group, variable, values); };
}

SeriesSchema result_schema(const std::string& name, const std::string& group,
                           const std::function<void(const PutArray&)>& put) {
  SeriesSchema schema{.name = name, .variables = {}, .time_axis = "", .group = group};
  put([&](const std::string& where, const Variable& variable, std::span<const double>) {
    if (where == group) schema.variables.push_back(variable);
  });
  return schema;
}

std::string facts_and_start(const AnyPotential* potential, In start) {
  std::string all;
  if (potential)
    for (const auto& [name, text] : potential->facts())
      if (name == "data_sha256" || name == "instruction_set") all += "\n" + name + " " + text;
  all += "\n";
  all.append(reinterpret_cast<const char*>(start.data()),
             static_cast<std::size_t>(start.size()) * sizeof(double));
  return all;
}

}  // namespace thalweg
