// Where the shipped data files are, whatever the working directory is.
#pragma once
#include <string>

namespace thalweg {

/// Full path of a file of the data folder, such as "digits/digits.csv.gz". Looked for in
/// $THALWEG_DATA if that is set, else in the installed share/thalweg/data, then in the source
/// tree. @throws IoError that names every place tried.
std::string data_path(const std::string& name);

}  // namespace thalweg
