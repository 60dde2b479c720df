// What is still to be drawn of one record, and the kinds of figures that its variables share.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/figures.hpp>
#include <thalweg/report/run_file.hpp>

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace thalweg::report {

/// One curve of a figure: a variable, or one entry of it.
struct Source {
  std::string variable;
  std::string label;
  Curve::Role role = Curve::Role::run;
  Index entry = 0;
};

struct TimeAxis {
  std::string label;
  Scale scale = Scale::linear;
  std::vector<Mark> marks{};
};

/// Series may hold one quantity twice, of which the longer is drawn, or two of the same name, such
/// as the eigenvalues of two matrices: the record that shows each (name, long name).
using Longest = std::map<std::pair<std::string, std::string>, const Record*>;
Longest longest_records(const RunFile& file);

/// Variables leave it as they are drawn. The file, the record and `longest` outlive the plans.
struct RecordPlan {
  RecordPlan(const RunFile& file, const Record& record, const Longest& longest);

  const RunFile& file;
  const Record& record;
  const Longest& longest;
  std::string run_label;                 ///< the motion's name in a legend
  std::shared_ptr<const TimeAxis> time;  ///< what all figures against time share
  std::set<std::string> done{};          ///< variables that are drawn or are left to the file
  std::vector<FigurePlan> plans{};

  /// Is it in the record, not yet drawn, and not drawn from a longer record?
  [[nodiscard]] bool is_open(const std::string& name) const;
  [[nodiscard]] bool is_open_scalar(const std::string& name) const;
  /// Open scalars whose name begins with `prefix`: name and what follows.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> with_prefix(
      const std::string& prefix) const;
  /// Open arrays with one axis, states and their projections apart.
  [[nodiscard]] std::vector<const RunVariable*> open_arrays() const;

  /// A figure of curves against time.
  void curves(const std::string& title, const std::vector<Source>& sources,
              const std::string& y_label, const std::string& what,
              Scale y_scale = Scale::automatic);
  /// A path in the plane of two entries of one array.
  void plane(const std::string& title, const std::string& variable, std::array<Index, 2> entries,
             std::array<std::string, 2> labels, bool equal_units, const std::string& what);
  /// One curve for each entry, of at most `most_entries` of them, and `beside`.
  void array(const RunVariable& v, const std::vector<Source>& beside = {});
};

constexpr std::size_t most_entries = 12;

/// At most `most_entries` of n positions, evenly spread, ends included.
std::vector<Index> spread(Index n);

/// Distances on a lattice and speeds there are compared as they are, however far they go.
Scale natural_scale(const RunVariable& v);

std::string capital(const std::string& text);
std::string sentence(std::string text);

/// Where the data come from and what is approximate about them.
std::string origin(const Record& record, const std::vector<std::string>& variables);

}  // namespace thalweg::report
