// From tables in files to samples and labels. The only place in models/ that reads files; the
// formats themselves are lib/io's.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/models/datasets/dataset.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// All columns of the table that `file` names, shape (rows, cols); names in `columns` if asked for.
/// At most max_rows rows (0: all). @throws IoError.
Samples read_samples(const std::string& file, Index max_rows = 0,
                     std::vector<std::string>* columns = nullptr);

/// Rejects `key`, whose value is the path `file` ("x.csv", "x.h5:/dataset"), when a configuration
/// is read and no such file is there.
void need_file(const Fields& f, const char* key, const std::string& file);

/// One column of class numbers 0, 1, ..., n_classes - 1.
/// @throws ModelError that names `where` and the sample when a value is no such number.
std::vector<int> labels_of(const Samples& column, const std::string& where, Index n_classes);

/// As above with the number of classes found: the largest label + 1; each must occur.
std::vector<int> labels_of(const Samples& column, const std::string& where);

/// The names "0", "1", ... of n classes.
std::vector<std::string> numbered_classes(Index n);

}  // namespace thalweg
