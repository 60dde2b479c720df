// A side file by which ParaView and VisIt read fields over space from the HDF5 file.
#pragma once
#include <thalweg/report/run_file.hpp>

#include <string>

namespace thalweg::report {

/// Writes RESULT.xdmf beside RESULT.h5: for each record with fields over space a temporal
/// collection of uniform grids, a line as a grid of one row. It holds no numbers but the times: the
/// fields are hyperslabs of the HDF5 file. Returns its path, "" when there are no such fields.
std::string write_xdmf(const RunFile& file);

}  // namespace thalweg::report
