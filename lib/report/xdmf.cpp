#include <thalweg/report/xdmf.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/report/html.hpp>
#include <thalweg/report/spatial_fields.hpp>

namespace thalweg::report {

namespace {

namespace fs = std::filesystem;

/// One row of a field: the numbers [row, row + 1) of the array in the HDF5 file.
std::string attribute(const SpatialField& f, const std::string& h5, Index row) {
  const bool line = f.rows == 0;
  const std::string cells =
      line ? fmt::format("{}", f.columns) : fmt::format("{} {}", f.rows, f.columns);
  return fmt::format(
      "      <Attribute Name=\"{}\" AttributeType=\"Scalar\" Center=\"Node\">\n"
      "        <DataItem ItemType=\"HyperSlab\" Dimensions=\"{}{}\">\n"
      "          <DataItem Dimensions=\"3 {}\" Format=\"XML\">{}</DataItem>\n"
      "          <DataItem Dimensions=\"{} {}\" NumberType=\"Float\" Precision=\"8\" "
      "Format=\"HDF\">{}:{}</DataItem>\n"
      "        </DataItem>\n      </Attribute>\n",
      escaped(f.variable->name), line ? "1 " : "", cells, line ? 2 : 3,
      line ? fmt::format("{} 0 1 1 1 {}", row, cells)
           : fmt::format("{} 0 0 1 1 1 1 {}", row, cells),
      f.record->rows, cells, escaped(h5), escaped(f.path()));
}

std::string collection(const RunFile& file, const Record& record,
                       const std::vector<SpatialField>& fields, const std::string& h5) {
  std::string text =
      fmt::format("  <Grid Name=\"{}\" GridType=\"Collection\" CollectionType=\"Temporal\">\n",
                  escaped(record.name));
  const auto time = file.column(record, record.time_axis);
  const Index ny = std::max<Index>(1, fields.front().rows), nx = fields.front().columns;
  for (Index row = 0; row < record.rows; ++row) {
    text += fmt::format(
        "    <Grid Name=\"row {}\" GridType=\"Uniform\">\n      <Time Value=\"{}\"/>\n"
        "      <Topology TopologyType=\"2DCoRectMesh\" Dimensions=\"{} {}\"/>\n"
        "      <Geometry GeometryType=\"ORIGIN_DXDY\">\n"
        "        <DataItem Dimensions=\"2\" Format=\"XML\">0 0</DataItem>\n"
        "        <DataItem Dimensions=\"2\" Format=\"XML\">1 1</DataItem>\n      </Geometry>\n",
        row, time[static_cast<std::size_t>(row)], ny, nx);
    for (const auto& f : fields) text += attribute(f, h5, row);
    text += "    </Grid>\n";
  }
  return text + "  </Grid>\n";
}

}  // namespace

std::string write_xdmf(const RunFile& file) {
  const auto all = spatial_fields(file);
  if (all.empty()) return {};
  fs::path path(file.path());
  const std::string h5 = path.filename().string();
  std::string text = "<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\">\n<Domain>\n";
  for (const Record& record : file.records()) {
    // Fields of one shape share the grid.
    std::vector<SpatialField> rest;
    for (const auto& f : all)
      if (f.record == &record) rest.push_back(f);
    while (!rest.empty()) {
      std::vector<SpatialField> same, others;
      for (const auto& f : rest)
        (f.variable->shape == rest.front().variable->shape ? same : others).push_back(f);
      text += collection(file, record, same, h5);
      rest = std::move(others);
    }
  }
  text += "</Domain>\n</Xdmf>\n";
  path.replace_extension(".xdmf");
  write_text_file(path.string(), text);
  return path.string();
}

}  // namespace thalweg::report
