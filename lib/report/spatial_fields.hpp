// Fields over space in a result: recorded arrays whose one or two axes are measured in cells.
#pragma once
#include <thalweg/report/run_file.hpp>

#include <string>
#include <vector>

namespace thalweg::report {

struct SpatialField {
  const Record* record;
  const RunVariable* variable;
  Index rows = 0;  ///< 0: a line of cells
  Index columns = 0;

  [[nodiscard]] std::string path() const { return record->group + "/" + variable->name; }
  [[nodiscard]] Index size() const { return variable->size(); }
};

std::vector<SpatialField> spatial_fields(const RunFile& file);

/// Positions that belong on the picture of a field: arrays of the same record in cells, with the
/// axis "side".
std::vector<const RunVariable*> positions_beside(const SpatialField& field);

/// Whether one of the two above shows the variable.
bool is_spatial(const RunFile& file, const Record& record, const RunVariable& variable);

/// The numbers of at most `most` rows, evenly spread in model time; each the last row at or before
/// its time. The first and the last row are among them.
std::vector<Index> spread_in_time(const std::vector<double>& time, std::size_t most);

/// One row of a field.
std::vector<double> read_row(const RunFile& file, const SpatialField& field, Index row);

}  // namespace thalweg::report
