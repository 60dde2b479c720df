// The user's own data: CSV, HDF5 and the IDX files of MNIST.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/models/datasets/preparation.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// Columns of a table with or without a header.
struct CsvData {
  std::string file{}, task = "classification";
  std::vector<std::string> inputs{}, targets{};
  Subset subset{};
  Preparation preparation{.scaling = "standard"};

  static Doc doc() { return {"a table of numbers in a text file (CSV or TSV, also gzipped)"}; }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// Two datasets of an HDF5 file, samples along the first axis.
struct Hdf5Data {
  std::string file{}, task = "classification", inputs = "X", targets = "Y";
  Subset subset{};
  Preparation preparation{.scaling = "none"};

  static Doc doc() { return {"inputs and targets in an HDF5 file"}; }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// Images and labels in the format of MNIST (Y. LeCun, C. Cortes and C. Burges); pixels are 0..255.
struct IdxData {
  std::string images{}, labels{}, test_images{}, test_labels{};
  Subset subset{};
  Preparation preparation{.scaling = "global"};

  static Doc doc() {
    return {"images and labels in MNIST's IDX format", "",
            "Y. LeCun, C. Cortes and C. Burges, MNIST",
            "data/fetch_mnist gets MNIST's files into data/mnist"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

}  // namespace thalweg
