// Which numbers of a member are kept, and how they come out of its rows.
#pragma once
#include <thalweg/io/result_file.hpp>
#include <thalweg/sweep/sweep_config.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

enum class Take { last, first, minimum, maximum, mean, tail, series };

/// One quantity, taken one way.
struct Collected {
  std::string name;  ///< in the file
  std::size_t series = 0;
  std::string record, time_axis, time_name;  ///< of that series
  std::string group{};                       ///< where it stands in the file of a run
  bool once = false;                         ///< one row, at the end of a run
  Variable variable;                         ///< as it is recorded
  Index offset = 0;                          ///< in a row of the series
  Take take = Take::last;
  Index rows = 0;  ///< of mean and tail

  /// Numbers of one member: size of the variable, times `rows` for a tail. A series has as many
  /// blocks of 1 + size (time first) as there were rows.
  [[nodiscard]] Index size() const { return variable.size(); }
  /// Members may have fewer entries along its axis, as exponents of motions of other dimensions:
  /// NaN fills the array.
  [[nodiscard]] bool ragged() const { return once && variable.axes.size() == 1; }
};

/// What the configuration asks for, of runs that record `schemas`. @throws ConfigError
std::vector<Collected> make_collected(const std::vector<CollectConfig>& config,
                                      const std::vector<SeriesSchema>& schemas);

/// All of it as text: what must be equal for stored numbers to be used again.
std::string to_text(const std::vector<Collected>& collected);

/// Throws ConfigError when a run that records `schemas` has other shapes than the first member.
void check_same(const std::vector<Collected>& collected, const std::vector<SeriesSchema>& schemas);

/// The unit that each has in such a run: members of different kinds, flows and maps, may differ.
std::vector<std::string> units(const std::vector<Collected>& collected,
                               const std::vector<SeriesSchema>& schemas);

/// Takes in the rows of one member and keeps no more of them than it must.
class Collector final : public RowSink {
 public:
  explicit Collector(const std::vector<Collected>& collected);
  void append(std::size_t series, double t, std::int64_t step, In row) override;
  /// A number, or numbers, of the end of a run; what is not collected is left.
  void put(const std::string& group, const std::string& name, std::span<const double> values);
  /// For each of `collected`, its numbers; NaN where there were no rows.
  [[nodiscard]] std::vector<std::vector<double>> values() const;

 private:
  struct Kept {
    std::vector<double> numbers{};
    Index rows = 0;  ///< that came
  };
  const std::vector<Collected>& collected_;
  std::vector<Kept> kept_;
};

}  // namespace thalweg
