#include <thalweg/io/array_file.hpp>

#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/private/schema.hpp>

namespace thalweg {

namespace {

void write(h5::File& file, const StoredArray& array) {
  const auto& v = array.variable;
  check_variable(v, "");
  const auto n = static_cast<Index>(array.numbers.size() + array.texts.size());
  if (n != v.size())
    throw ModelError("/" + v.name + " has " + std::to_string(n) + " values but its axes give " +
                     std::to_string(v.size()));
  if (array.texts.empty())
    write_variable(file, "", v, std::span<const double>(array.numbers));
  else
    write_variable(file, "", v, std::span<const std::string>(array.texts));
  if (!array.coordinates.empty())
    file.set_attribute("/" + v.name, "coordinates", array.coordinates);
}

}  // namespace

void check_array(const Variable& variable) { check_variable(variable, ""); }

void write_array_file(const std::string& path, const Metadata& metadata, const RunStatus& status,
                      const std::vector<StoredArray>& arrays) {
  const std::string temporary = temporary_name(path);
  try {
    auto file = h5::File::create(temporary);
    write_head(file, metadata, status);
    for (const auto& array : arrays) write(file, array);
    file.close();
  } catch (...) {
    discard_file(temporary);
    throw;
  }
  publish_file(temporary, path);
}

}  // namespace thalweg
