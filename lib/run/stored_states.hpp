// The states that a result file has, in the order of time: start, recorded rows, events, end.
#pragma once
#include <string>
#include <thalweg/io/h5.hpp>
#include <vector>

namespace thalweg {

struct StoredState {
  enum class Origin { initial, recorded, event, final };
  double t = 0.0;
  std::int64_t step = 0;  ///< accepted steps before it
  Origin origin = Origin::recorded;
  std::string dataset{};
  Index row = -1;  ///< of the dataset; -1: it does not grow
};

/// All of them, one for each time; `dim` unknowns each, `t0`: time of the start. Nothing is read
/// but times. @throws IoError when the file contradicts itself.
std::vector<StoredState> stored_states(const h5::File& file, Index dim, double t0);

Vec read_state(const h5::File& file, const StoredState& state);

}  // namespace thalweg
