#include <thalweg/report/run_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <thalweg/io/run_directory.hpp>

namespace thalweg::report {
namespace {

std::string attribute_text(const h5::File& file, const std::string& object, const char* name) {
  const auto value = file.attribute(object, name);
  return value ? to_text(*value) : std::string();
}

std::string find_text(const h5::Attributes& attributes, const std::string& name) {
  for (const auto& [key, value] : attributes)
    if (key == name) return to_text(value);
  return {};
}

RunVariable read_variable(const h5::File& file, const std::string& group, const std::string& name) {
  const std::string dataset = group + "/" + name;
  RunVariable v;
  v.name = name;
  v.long_name = attribute_text(file, dataset, "long_name");
  v.unit = attribute_text(file, dataset, "units");
  v.comment = attribute_text(file, dataset, "comment");
  v.integer = file.type(dataset) == h5::Type::integer;
  if (v.long_name.empty()) v.long_name = name;
  if (v.unit.empty()) v.unit = "1";
  const auto approximate = file.attribute(dataset, "approximate");
  v.approximate = approximate && *approximate != h5::Value(std::int64_t{0});
  std::istringstream meanings(attribute_text(file, dataset, "flag_meanings"));
  for (std::string word; meanings >> word;) v.flag_meanings.push_back(word);
  const auto shape = file.shape(dataset);
  const auto axes = file.axes(dataset);
  v.shape.assign(shape.begin() + 1, shape.end());
  v.axes.assign(axes.begin() + 1, axes.end());
  return v;
}

}  // namespace

std::string to_text(double value) { return fmt::format("{:.6g}", value); }

std::string time_name(const RunFile& file, const Record& record) {
  const auto name = file.file().attribute(record.group + "/" + record.time_axis, "long_name");
  return name ? to_text(*name) : "model time";
}

std::string time_name(const RunFile& file) {
  if (file.file().exists("/lyapunov/counted")) {
    const auto unit = file.file().attribute("/lyapunov/counted", "units");
    if (unit && to_text(*unit) != "time") return to_text(*unit);
  } else if (!file.records().empty()) {
    return time_name(file, file.records().front());
  }
  return "model time";
}

std::string time_label(const RunFile& file, const Record& record) {
  const auto name = time_name(file, record);
  return name + (name == "model time" ? " t" : name == "step" ? " n" : "");
}

std::string to_text(const h5::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return to_text(*real);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
    return fmt::format("{}", fmt::join(*texts, ", "));
  return fmt::format("{}", fmt::join(std::get<std::vector<std::int64_t>>(value), ", "));
}

Index RunVariable::size() const {
  Index n = 1;
  for (const Index s : shape) n *= s;
  return n;
}

std::string RunVariable::label() const {
  return unit == "1" ? long_name : long_name + " [" + unit + "]";
}

const RunVariable* Record::find(const std::string& variable) const {
  for (const auto& v : variables)
    if (v.name == variable) return &v;
  return nullptr;
}

RunFile::RunFile(const std::string& run) : file_(h5::File::open(result_path(run))) {
  if (!file_.is_group("/series") && !file_.is_group("/provenance") && !file_.is_group("/posterior"))
    throw IoError(path() +
                  ": it has no group /series or /posterior, so it is not the result of a run");
  attributes_ = file_.attributes("/");
  if (file_.is_group("/provenance")) provenance_ = file_.attributes("/provenance");
  if (file_.is_group("/series"))
    for (const auto& name : file_.groups("/series"))
      if (auto record = read_record("/series/" + name, name))
        records_.push_back(std::move(*record));
  if (file_.is_group("/events")) events_ = read_record("/events", "events");
}

std::optional<Record> RunFile::read_record(const std::string& group,
                                           const std::string& name) const {
  Record r;
  r.name = name;
  r.group = group;
  r.comment = attribute_text(file_, group, "comment");
  const auto datasets = file_.datasets(group);
  for (const auto& d : datasets)
    if (d == "time" || d.starts_with("time_")) {
      r.time_axis = d;
      break;
    }
  if (r.time_axis.empty()) return std::nullopt;
  r.rows = file_.shape(group + "/" + r.time_axis).at(0);
  if (file_.exists(group + "/n_committed"))
    r.rows = std::min<Index>(r.rows, file_.read_integers(group + "/n_committed").at(0));
  for (const auto& d : datasets) {
    if (d == r.time_axis || d == "step") continue;
    const auto axes = file_.axes(group + "/" + d);
    if (axes.empty() || axes.front() != r.time_axis) continue;
    if (file_.type(group + "/" + d) != h5::Type::text)
      r.variables.push_back(read_variable(file_, group, d));
  }
  return r;
}

std::string RunFile::text(const std::string& attribute) const {
  return find_text(attributes_, attribute);
}

std::optional<double> RunFile::attribute_number(const std::string& attribute) const {
  for (const auto& [name, value] : attributes_)
    if (const auto* x = std::get_if<double>(&value); x && name == attribute) return *x;
  return std::nullopt;
}

std::string RunFile::provenance_text(const std::string& attribute) const {
  if (auto text = find_text(provenance_, attribute); !text.empty()) return text;
  return file_.is_group("/provenance") ? attribute_text(file_, "/provenance", attribute.c_str())
                                       : std::string();
}

std::vector<std::pair<std::string, std::int64_t>> RunFile::counts() const {
  std::vector<std::pair<std::string, std::int64_t>> all;
  for (const auto& [name, value] : attributes_)
    if (const auto* n = std::get_if<std::int64_t>(&value)) all.emplace_back(name, *n);
  return all;
}

std::vector<double> RunFile::column(const Record& record, const std::string& dataset,
                                    Index entry) const {
  const auto* variable = record.find(dataset);
  const Index width = variable ? variable->size() : 1;
  const std::string path = record.group + "/" + dataset;
  std::vector<double> values(static_cast<std::size_t>(record.rows));
  if (width == 1) {
    if (record.rows > 0) file_.read_rows(path, 0, record.rows, values.data());
    return values;
  }
  const Index block = std::max<Index>(1, (Index{1} << 20) / width);
  std::vector<double> rows;
  for (Index first = 0; first < record.rows; first += block) {
    const Index count = std::min(block, record.rows - first);
    rows.resize(static_cast<std::size_t>(count * width));
    file_.read_rows(path, first, count, rows.data());
    for (Index i = 0; i < count; ++i)
      values[static_cast<std::size_t>(first + i)] =
          rows[static_cast<std::size_t>(i * width + entry)];
  }
  return values;
}

std::vector<double> RunFile::last_row(const Record& record, const RunVariable& variable) const {
  if (record.rows == 0) return {};
  std::vector<double> row(static_cast<std::size_t>(variable.size()));
  file_.read_rows(record.group + "/" + variable.name, record.rows - 1, 1, row.data());
  return row;
}

std::vector<std::string> RunFile::entry_names(const Record& record,
                                              const RunVariable& variable) const {
  const auto n = static_cast<std::size_t>(variable.size());
  const std::string axis = variable.axes.empty() ? "" : variable.axes.front();
  const std::string scale = record.group + "/" + axis;
  std::vector<std::string> names;
  if (!axis.empty() && file_.exists(scale) && !file_.is_bare_dimension(scale)) {
    if (file_.type(scale) == h5::Type::text) return file_.read_texts(scale);
    for (const double x : file_.read(scale)) names.push_back(axis + " = " + to_text(x));
    return names;
  }
  if (axis == "unknown" && file_.exists("/layout/name") && file_.exists("/layout/size")) {
    const auto blocks = file_.read_texts("/layout/name");
    const auto sizes = file_.read_integers("/layout/size");
    for (std::size_t b = 0; b < std::min(blocks.size(), sizes.size()); ++b)
      for (std::int64_t i = 0; i < sizes[b] && names.size() < n; ++i)
        names.push_back(sizes[b] == 1 ? blocks[b] : fmt::format("{}[{}]", blocks[b], i));
    if (names.size() == n) return names;
    names.clear();
  }
  for (std::size_t i = 0; i < n; ++i)
    names.push_back(axis.empty() ? std::to_string(i) : fmt::format("{} {}", axis, i));
  return names;
}

}  // namespace thalweg::report
