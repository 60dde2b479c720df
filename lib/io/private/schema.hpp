// How variables and series lie in a file: names, axes, attributes, rows.
#pragma once
#include <thalweg/io/h5.hpp>
#include <thalweg/io/result_file.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace thalweg {

std::string group_of(const SeriesSchema& series);

/// Attributes of the root and the group /provenance.
void write_head(h5::File& file, const Metadata& metadata, const RunStatus& status);

/// Throw ModelError when a name, axis or clash of names makes a file that a reader rejects.
void check_variable(const Variable& variable, const std::string& group);
void check_series(const SeriesSchema& series);

/// Entries of one row of a variable: those of all chains when the rows are draws.
Index row_size(const SeriesSchema& series, const Variable& variable);

/// Rows in memory: one array per variable, in the order of the schema, row after row.
struct Rows {
  std::vector<double> time;
  std::vector<std::int64_t> step;
  struct Column {
    std::vector<double> reals;
    std::vector<std::int64_t> integers;
  };
  std::vector<Column> columns;

  [[nodiscard]] Index count() const { return static_cast<Index>(time.size()); }
  void clear();
};

void create_series(h5::File& file, const SeriesSchema& series);

/// Number of rows of a series, from n_committed; throws IoError when the file contradicts itself or
/// holds another schema.
Index committed_rows(const h5::File& file, const SeriesSchema& series);

Rows read_rows(const h5::File& file, const SeriesSchema& series, Index first, Index count);

/// Puts rows at `first`. Rows that are there with the same bits stay; at the first difference the
/// old rows from `first` on make place, because they belong to another trajectory.
void write_rows(h5::File& file, const SeriesSchema& series, Index first, const Rows& rows);

void truncate_series(h5::File& file, const SeriesSchema& series, Index rows);

/// Whether an axis without coordinates gets none, or counts from 0 as ArviZ wants.
enum class Coordinates { given, counted };

/// A variable that does not grow, with its axes; `values` has variable.size() entries.
template <class T>
void write_variable(h5::File& file, const std::string& group, const Variable& variable,
                    std::span<const T> values, Coordinates coordinates = Coordinates::given);

}  // namespace thalweg
