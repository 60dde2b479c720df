#include <thalweg/report/spatial_fields.hpp>

#include <algorithm>

namespace thalweg::report {

namespace {

bool in_cells(const RunFile& file, const Record& record, const std::string& axis) {
  const std::string scale = record.group + "/" + axis;
  if (axis.empty() || !file.file().exists(scale)) return false;
  const auto unit = file.file().attribute(scale, "units");
  return unit && to_text(*unit) == "cell";
}

bool is_field(const RunFile& file, const Record& record, const RunVariable& v) {
  return (v.axes.size() == 1 || v.axes.size() == 2) && !v.integer &&
         std::all_of(v.axes.begin(), v.axes.end(),
                     [&](const std::string& axis) { return in_cells(file, record, axis); });
}

bool is_position(const RunVariable& v) {
  return v.unit == "cell" && v.axes.size() == 1 && v.axes[0] == "side";
}

}  // namespace

std::vector<SpatialField> spatial_fields(const RunFile& file) {
  std::vector<SpatialField> all;
  for (const Record& r : file.records())
    for (const RunVariable& v : r.variables)
      if (r.rows > 0 && is_field(file, r, v))
        all.push_back({&r, &v, v.shape.size() == 2 ? v.shape[0] : 0, v.shape.back()});
  return all;
}

std::vector<const RunVariable*> positions_beside(const SpatialField& field) {
  std::vector<const RunVariable*> all;
  for (const RunVariable& v : field.record->variables)
    if (field.rows == 0 && is_position(v)) all.push_back(&v);
  return all;
}

bool is_spatial(const RunFile& file, const Record& record, const RunVariable& variable) {
  if (is_field(file, record, variable)) return true;
  return is_position(variable) &&
         std::any_of(record.variables.begin(), record.variables.end(), [&](const RunVariable& v) {
           return v.axes.size() == 1 && is_field(file, record, v);
         });
}

std::vector<Index> spread_in_time(const std::vector<double>& time, std::size_t most) {
  std::vector<Index> chosen;
  const std::size_t n = std::min(most, time.size());
  for (std::size_t k = 0; k < n; ++k) {
    const double share = n > 1 ? static_cast<double>(k) / static_cast<double>(n - 1) : 1.0;
    const double t = time.front() + share * (time.back() - time.front());
    const auto after =
        std::upper_bound(time.begin(), time.end(), t + 1e-9 * (time.back() - time.front()));
    chosen.push_back(std::max<Index>(0, after - time.begin() - 1));
  }
  return chosen;
}

std::vector<double> read_row(const RunFile& file, const SpatialField& field, Index row) {
  std::vector<double> values(static_cast<std::size_t>(field.size()));
  file.file().read_rows(field.path(), row, 1, values.data());
  return values;
}

}  // namespace thalweg::report
