#include <thalweg/run/stored_states.hpp>

#include <algorithm>

namespace thalweg {

namespace {

using Origin = StoredState::Origin;

// Rows of <group>/state, when the group records it.
void add_rows(const h5::File& file, const std::string& group, Origin origin, Index dim,
              std::vector<StoredState>& all) {
  const std::string dataset = group + "/state";
  if (!file.exists(dataset) || file.shape(dataset) != h5::Shape{file.shape(dataset).at(0), dim})
    return;
  std::string time;
  for (const auto& name : file.datasets(group))
    if (time.empty() && (name == "time" || name.starts_with("time_"))) time = name;
  const auto times = file.read(group + "/" + time);
  const auto steps = file.read_integers(group + "/step");
  const Index rows = file.read_integers(group + "/n_committed").at(0);
  if (rows > static_cast<Index>(std::min(times.size(), steps.size())))
    throw IoError(file.path() + ": " + group + " counts more rows than it has");
  for (Index i = 0; i < rows; ++i)
    all.push_back({times[static_cast<std::size_t>(i)], steps[static_cast<std::size_t>(i)], origin,
                   dataset, i});
}

}  // namespace

std::vector<StoredState> stored_states(const h5::File& file, Index dim, double t0) {
  std::vector<StoredState> all;
  if (file.is_group("/series"))
    for (const auto& name : file.groups("/series"))
      add_rows(file, "/series/" + name, Origin::recorded, dim, all);
  if (file.is_group("/events")) add_rows(file, "/events", Origin::event, dim, all);
  if (file.exists("/initial/state")) all.push_back({t0, 0, Origin::initial, "/initial/state"});
  if (file.exists("/final/state")) {
    const auto t = file.attribute("/", "t_reached"), step = file.attribute("/", "steps_accepted");
    const auto* time = t ? std::get_if<double>(&*t) : nullptr;
    const auto* steps = step ? std::get_if<std::int64_t>(&*step) : nullptr;
    if (time && steps) all.push_back({*time, *steps, Origin::final, "/final/state"});
  }
  // Of one time, the first in the order above.
  std::stable_sort(all.begin(), all.end(),
                   [](const StoredState& a, const StoredState& b) { return a.t < b.t; });
  const auto end =
      std::unique(all.begin(), all.end(),
                  [](const StoredState& a, const StoredState& b) { return a.t == b.t; });
  all.erase(end, all.end());
  return all;
}

Vec read_state(const h5::File& file, const StoredState& state) {
  if (state.row < 0) {
    const auto x = file.read(state.dataset);
    return Eigen::Map<const Vec>(x.data(), static_cast<Index>(x.size()));
  }
  Vec x(file.shape(state.dataset).at(1));
  file.read_rows(state.dataset, state.row, 1, x.data());
  return x;
}

}  // namespace thalweg
