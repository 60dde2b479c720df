// Samples to learn from: inputs, targets and, for classification, labels; scaled and split in a
// way that the report names.
#pragma once
#include <thalweg/core/types.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// One sample per row, so that a sample is contiguous.
using Samples = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Dataset {
  std::string name{};
  Samples X{};                         ///< inputs, shape (n, d)
  Samples Y{};                         ///< targets, shape (n, C): regression values or one-hot rows
  std::vector<int> labels{};           ///< class of each sample, empty for regression
  std::vector<std::string> classes{};  ///< names of the classes
  Samples X_test{}, Y_test{};          ///< held-out samples, may have no rows
  std::vector<int> labels_test{};
  Index image_rows = 0, image_cols = 0;  ///< shape of an input that is an image, else 0
  bool series = false;        ///< one motion: X holds its times (n, 1), Y its states, in order
  std::string description{};  ///< source, scaling and split in one line, for report and file

  [[nodiscard]] Index size() const { return X.rows(); }
  [[nodiscard]] bool classification() const { return !labels.empty(); }
};

/// Sets labels and the one-hot targets Y, shape (n, number of classes).
void set_labels(Dataset& data, std::vector<int> labels, std::vector<std::string> classes);

}  // namespace thalweg
