// Numbers from files: CSV (also gzipped), a dataset of an HDF5 file ("data.h5:/x/train"), and the
// IDX files of MNIST. Errors name the file, the line and the column.
#pragma once
#include <thalweg/core/types.hpp>

#include <string>
#include <vector>

namespace thalweg {

struct Table {
  Index rows = 0, cols = 0;
  std::vector<double> values;            ///< row-major
  std::vector<std::string> columns{};    ///< names, or empty
  Index image_rows = 0, image_cols = 0;  ///< shape of a row that is an image, else 0
};

/// By the name: "x.csv", ".tsv", ".txt" or ".dat" (each also with .gz), "x.h5:/path" (".hdf5",
/// ".nc"), "*-ubyte" or ".idx" (also .gz). At most `max_rows` rows (0: all). Throws IoError.
Table read_table(const std::string& name, Index max_rows = 0);

/// Separator comma, semicolon or tab, found from the first line; a first line with a field that is
/// not a number is a header; "quoted" fields; lines of `#` and empty lines are skipped.
Table read_csv(const std::string& path, Index max_rows = 0);

/// First axis = rows, all others = columns.
Table read_hdf5(const std::string& path, const std::string& dataset, Index max_rows = 0);

/// First dimension = rows, all others = columns (28 x 28 pixels give 784).
Table read_idx(const std::string& path, Index max_rows = 0);

}  // namespace thalweg
