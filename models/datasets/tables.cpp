#include <thalweg/models/datasets/tables.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/io/table_reader.hpp>

namespace thalweg {

namespace {

// More classes than this in a column of labels is a column of measurements, not of labels.
constexpr Index most_classes = 10000;

}  // namespace

Samples read_samples(const std::string& file, Index max_rows, std::vector<std::string>* columns) {
  Table table = read_table(file, max_rows);
  if (columns) *columns = std::move(table.columns);
  return Eigen::Map<const Samples>(table.values.data(), table.rows, table.cols);
}

std::vector<int> labels_of(const Samples& column, const std::string& where, Index n_classes) {
  if (column.cols() != 1)
    throw ModelError(
        fmt::format("{}: labels need one column of class numbers, not {}; for targets "
                    "of several columns set task = \"regression\"",
                    where, column.cols()));
  std::vector<int> labels;
  for (Index i = 0; i < column.rows(); ++i) {
    const double label = column(i, 0);
    if (!(label >= 0.0 && label < static_cast<double>(n_classes) && label == std::floor(label)))
      throw ModelError(fmt::format("{}: label {} of sample {} must be a whole number in [0, {})",
                                   where, label, i, n_classes));
    labels.push_back(static_cast<int>(label));
  }
  return labels;
}

std::vector<int> labels_of(const Samples& column, const std::string& where) {
  auto labels = labels_of(column, where, most_classes);
  const int n = labels.empty() ? 0 : 1 + *std::max_element(labels.begin(), labels.end());
  std::vector<bool> occurs(static_cast<std::size_t>(n));
  for (const int label : labels) occurs[static_cast<std::size_t>(label)] = true;
  const auto missing = std::find(occurs.begin(), occurs.end(), false);
  if (missing != occurs.end())
    throw ModelError(
        fmt::format("{}: no sample has label {}; classes must be numbered 0, 1, ... "
                    "without gaps",
                    where, missing - occurs.begin()));
  return labels;
}

std::vector<std::string> numbered_classes(Index n) {
  std::vector<std::string> names;
  for (Index c = 0; c < n; ++c) names.push_back(std::to_string(c));
  return names;
}

}  // namespace thalweg
