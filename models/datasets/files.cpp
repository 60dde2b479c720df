#include <thalweg/models/datasets/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>
#include <thalweg/io/table_reader.hpp>
#include <thalweg/models/datasets/data_path.hpp>
#include <thalweg/models/datasets/tables.hpp>

namespace thalweg {

namespace {

// Rows of inputs to read: the first few need no more. Targets are read whole, so that the set of
// classes does not depend on the subset.
Index rows_needed(const Subset& subset) { return subset.subset == "first" ? subset.samples : 0; }

void task_field(Fields& f, std::string& task) {
  f("task", task, "", "classification: one target column of class numbers 0, 1, ...",
    one_of({"classification", "regression"}));
}

void set_targets(Dataset& data, const Samples& targets, const std::string& task,
                 const std::string& where) {
  if (task == "regression") {
    data.Y = targets;
    return;
  }
  auto labels = labels_of(targets, where);
  const int n = 1 + *std::max_element(labels.begin(), labels.end());
  set_labels(data, std::move(labels), numbered_classes(n));
}

// Targets for all of data.X, of which `limit` rows (0: all) were read.
void join_targets(Dataset& data, const Samples& targets, Index limit, const std::string& task,
                  const std::string& inputs_file, const std::string& targets_file) {
  const Index n = data.X.rows();
  if (limit == 0 ? n != targets.rows() : n > targets.rows())
    throw ModelError(fmt::format("{} has {} samples but {} has {}: they must agree", inputs_file, n,
                                 targets_file, targets.rows()));
  set_targets(data, targets, task, targets_file);
  data.Y.conservativeResize(n, Eigen::NoChange);
  if (data.classification()) data.labels.resize(static_cast<std::size_t>(n));
}

// A file named by the user: as he wrote it, else in the data folder ("mnist/...").
std::string locate(const std::string& file) {
  return std::filesystem::exists(file) ? file : data_path(file);
}

std::vector<Index> find_columns(const std::vector<std::string>& wanted,
                                const std::vector<std::string>& columns, const std::string& file) {
  std::vector<Index> found;
  for (const auto& name : wanted) {
    const auto it = std::find(columns.begin(), columns.end(), name);
    if (it == columns.end())
      throw ModelError(file + ": no column is called \"" + name + "\"" + name_hint(name, columns));
    found.push_back(it - columns.begin());
  }
  return found;
}

}  // namespace

void CsvData::fields(Fields& f) {
  f("file", file, "", "path of the table (.csv, .tsv or .txt, also gzipped)");
  task_field(f, task);
  f("targets", targets, "", "columns to learn; the last one when empty");
  f("inputs", inputs, "", "columns to learn from; all others when empty");
  subset.fields(f);
  preparation.fields(f);
  if (f.reading() && file.empty()) f.reject("file", "must name a file");
  need_file(f, "file", file);
}

CsvData::operator Dataset() const {
  std::vector<std::string> columns;
  const Samples table = read_samples(file, 0, &columns);
  const Index width = table.cols();
  if (width < 2) throw ModelError(file + ": a table needs at least two columns, inputs and target");
  if (columns.empty() && !(targets.empty() && inputs.empty()))
    throw ModelError(file + ": the table has no header line, so columns cannot be chosen by name");

  std::vector<Index> y = find_columns(targets, columns, file);
  if (y.empty()) y = {width - 1};
  std::vector<Index> x = find_columns(inputs, columns, file);
  if (x.empty()) {
    for (Index j = 0; j < width; ++j)
      if (std::find(y.begin(), y.end(), j) == y.end()) x.push_back(j);
  }
  Dataset data{.name = "csv", .X = table(Eigen::all, x), .description = "table " + file};
  set_targets(data, table(Eigen::all, y), task, file);
  return preparation(subset(std::move(data)));
}

void Hdf5Data::fields(Fields& f) {
  f("file", file, "", "path of the HDF5 file");
  task_field(f, task);
  f("inputs", inputs, "", "path of the inputs in the file, samples along the first axis");
  f("targets", targets, "", "path of the targets or of the class numbers in the file");
  subset.fields(f);
  preparation.fields(f);
  if (f.reading() && file.empty()) f.reject("file", "must name a file");
  need_file(f, "file", file);
}

Hdf5Data::operator Dataset() const {
  const std::string x = file + ":" + inputs, y = file + ":" + targets;
  const Index limit = rows_needed(subset);
  Dataset data{.name = "hdf5", .X = read_samples(x, limit), .description = "inputs " + x};
  join_targets(data, read_samples(y), limit, task, x, y);
  return preparation(subset(std::move(data)));
}

void IdxData::fields(Fields& f) {
  f("images", images, "", "IDX file of the images, as written or in the data folder");
  f("labels", labels, "", "IDX file of their labels");
  f("test_images", test_images, "", "IDX file of held-out images; none when empty");
  f("test_labels", test_labels, "", "IDX file of their labels");
  subset.fields(f);
  preparation.fields(f);
  if (!f.reading()) return;
  if (images.empty()) f.reject("images", "must name a file");
  if (labels.empty()) f.reject("labels", "must name a file");
  if (test_images.empty() != test_labels.empty())
    f.reject(test_images.empty() ? "test_images" : "test_labels",
             "must be given with its counterpart");
  for (const auto& [key, file] : {std::pair{"images", &images},
                                  {"labels", &labels},
                                  {"test_images", &test_images},
                                  {"test_labels", &test_labels}})
    try {
      if (!file->empty()) locate(*file);
    } catch (const IoError& e) {
      f.reject(key, std::string("names a file that is not there: ") + e.what());
    }
  if (!test_images.empty() && preparation.test_fraction > 0.0)
    f.reject("test_fraction", "must be 0 when test_images names held-out images");
}

IdxData::operator Dataset() const {
  const auto read = [](const std::string& x, const std::string& y, Index limit) {
    const std::string images_file = locate(x), labels_file = locate(y);
    const Table pixels = read_table(images_file, limit);
    Dataset data{.name = "idx",
                 .X = Eigen::Map<const Samples>(pixels.values.data(), pixels.rows, pixels.cols),
                 .image_rows = pixels.image_rows,
                 .image_cols = pixels.image_cols,
                 .description = "images " + x};
    join_targets(data, read_samples(labels_file), limit, "classification", images_file,
                 labels_file);
    return data;
  };
  Dataset data = subset(read(images, labels, rows_needed(subset)));
  if (!test_images.empty()) {
    const Dataset test = read(test_images, test_labels, 0);
    if (test.X.cols() != data.X.cols() || test.classes != data.classes)
      throw ModelError(
          fmt::format("{} has {} pixels and {} classes but {} has {} and {}: they must "
                      "agree",
                      test_images, test.X.cols(), test.classes.size(), images, data.X.cols(),
                      data.classes.size()));
    data.X_test = test.X;
    data.Y_test = test.Y;
    data.labels_test = test.labels;
    data.description += "; held out: " + test_images;
  }
  return preparation(std::move(data));
}

}  // namespace thalweg
