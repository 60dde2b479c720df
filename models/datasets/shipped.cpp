#include <thalweg/models/datasets/shipped.hpp>

#include <thalweg/core/error.hpp>
#include <thalweg/models/datasets/data_path.hpp>
#include <thalweg/models/datasets/tables.hpp>

namespace thalweg {

namespace {

// The last column holds the class.
Dataset read_shipped(const char* file, Dataset data, std::vector<std::string> classes) {
  const std::string path = data_path(file);
  const Samples table = read_samples(path);
  const auto read = labels_of(table.rightCols(1), path, static_cast<Index>(classes.size()));
  data.X = table.leftCols(table.cols() - 1);
  set_labels(data, read, std::move(classes));
  return data;
}

}  // namespace

void Digits::fields(Fields& f) {
  subset.fields(f);
  preparation.fields(f);
}

Digits::operator Dataset() const {
  return preparation(
      subset(read_shipped("digits/digits.csv.gz",
                          {.name = "digits",
                           .image_rows = 8,
                           .image_cols = 8,
                           .description = "UCI handwritten digits, 8 x 8 pixels, 10 classes"},
                          {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})));
}

void Iris::fields(Fields& f) {
  subset.fields(f);
  preparation.fields(f);
}

Iris::operator Dataset() const {
  return preparation(subset(read_shipped(
      "iris/iris.csv",
      {.name = "iris", .description = "Fisher's iris flowers, 4 lengths in cm, 3 classes"},
      {"setosa", "versicolor", "virginica"})));
}

void GermanCredit::fields(Fields& f) {
  subset.fields(f);
  preparation.fields(f);
}

GermanCredit::operator Dataset() const {
  return preparation(
      subset(read_shipped("german_credit/german_credit.csv",
                          {.name = "german_credit",
                           .description = "UCI German credit, 24 numbers of a loan, 2 classes"},
                          {"bad", "good"})));
}

}  // namespace thalweg
