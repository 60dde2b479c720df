#include <thalweg/report/branches.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace thalweg::report {

Branches branch_curves(const RunFile& file, const Record& record, const RunVariable& eigenvalue,
                       const RunVariable& branch) {
  constexpr std::size_t most = 12;
  const auto time = file.column(record, record.time_axis);
  const Index ranks = branch.size();
  if (eigenvalue.size() != ranks || time.size() < 3) return {};
  std::map<long, Curve> found;
  std::map<long, Index> first_rank;
  bool moves = false;
  std::size_t points = 0;
  for (Index rank = 0; rank < ranks; ++rank) {
    const auto number = file.column(record, branch.name, rank);
    const auto value = file.column(record, eigenvalue.name, rank);
    for (std::size_t i = 0; i < time.size(); ++i) {
      const auto n = static_cast<long>(number[i]);
      if (n < 1) continue;
      moves = moves || first_rank.emplace(n, rank).first->second != rank;
      auto& curve = found[n];
      curve.x.push_back(time[i]);
      curve.y.push_back(value[i]);
      ++points;
    }
  }
  if (!moves || points < 3 * found.size()) return {};
  std::vector<Curve> all;
  for (auto& [n, curve] : found) {
    // Ranks came one after another; the curve goes by time.
    std::vector<std::pair<double, double>> sorted;
    for (std::size_t i = 0; i < curve.x.size(); ++i) sorted.emplace_back(curve.x[i], curve.y[i]);
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size(); ++i) std::tie(curve.x[i], curve.y[i]) = sorted[i];
    curve.label = fmt::format("branch {}", n);
    curve.role = Curve::Role::part;
    all.push_back(std::move(curve));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Curve& a, const Curve& b) { return a.x.size() > b.x.size(); });
  Branches branches{.curves = std::move(all), .found = found.size()};
  if (branches.found > most) branches.curves.resize(most);
  return branches;
}

}  // namespace thalweg::report
