// A small run with every kind of array, whose values follow from the row number alone and are exact
// in binary, so that any reader can check them. tests/support/example_run.py knows the same rules.
#pragma once
#include <thalweg/io/result_file.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace example_run {

using namespace thalweg;

inline constexpr Index field_size = 9000;  // 72 kB a row: chunks of 7 rows, compressed

inline std::vector<SeriesSchema> series() {
  SeriesSchema fine{.name = "fine", .variables = {}};
  Variable loss{.name = "loss", .long_name = "loss", .comment = "made up"};
  Variable count{.name = "gradient_calls", .long_name = "gradient calls"};
  count.type = Variable::Type::integer;
  Variable matrix{.name = "matrix", .unit = "m", .long_name = "a matrix", .axes = {}};
  matrix.axes = {Axis{.name = "i", .size = 3, .labels = {"a", "b", "\xC3\xA7"}},
                 Axis{.name = "j", .size = 4, .unit = "m", .values = {0.5, 1.5, 2.5, 3.5}}};
  matrix.approximate = true;
  fine.variables = {loss, count, matrix};

  SeriesSchema coarse{.name = "coarse", .variables = {}, .time_axis = "time_coarse"};
  Variable field{.name = "field", .long_name = "a long field", .axes = {}};
  field.axes = {Axis{.name = "x", .size = field_size}};
  coarse.variables = {field};

  SeriesSchema events{
      .name = "events", .variables = {}, .time_axis = "time_events", .group = "/events"};
  Variable kind{.name = "kind", .long_name = "kind of event"};
  kind.type = Variable::Type::integer;
  kind.flag_meanings = {"loss_goal", "signal"};
  events.variables = {kind};
  return {fine, coarse, events};
}

/// Series 1 has a row at every 4th step, series 2 at every 10th.
inline void append_step(RunOutput& out, std::int64_t step) {
  const double t = 0.125 * static_cast<double>(step);
  Vec fine(2 + 12);
  fine[0] = 1.5 * static_cast<double>(step) + 0.25;
  fine[1] = static_cast<double>(step * step);
  for (Index k = 0; k < 12; ++k)
    fine[2 + k] = static_cast<double>(step) + static_cast<double>(k) / 16;
  out.append(0, t, step, fine);
  if (step % 4 == 0) {
    Vec field(field_size);
    for (Index k = 0; k < field_size; ++k)
      field[k] = static_cast<double>(step) + static_cast<double>((k * k) % 1021) / 1024;
    out.append(1, t, step, field);
  }
  if (step % 10 == 0) out.append(2, t, step, Vec::Constant(1, static_cast<double>(step / 10 % 2)));
}

inline void put_start(RunOutput& out) {
  Variable state{.name = "state", .long_name = "state at the start", .axes = {}};
  state.axes = {Axis{.name = "unknown", .size = 5}};
  out.put("/initial", state, std::vector<double>{0.5, 1.5, 2.5, 3.5, 4.5});
  Variable name{.name = "name", .long_name = "name of the block", .axes = {}};
  name.axes = {Axis{.name = "block", .size = 2}};
  out.put("/layout", name, std::vector<std::string>{"W1", "b1"});
}

inline void put_end(RunOutput& out) {
  Variable state{.name = "state", .long_name = "last state", .axes = {}};
  state.axes = {Axis{.name = "unknown", .size = 20000}};
  std::vector<double> x(20000);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<double>(k) / 4;
  out.put("/final", state, x);
}

inline Metadata metadata() {
  Metadata m{.title = "example", .summary = "made of known numbers"};
  m.attributes["model"] = "none";
  m.provenance = {{"run_id", "r"}, {"history", "a command"}, {"config", std::string(40000, 'c')}};
  return m;
}

/// Every publish rebuilds result.h5, or none does.
inline RunOutput::Options always_refresh() {
  RunOutput::Options o;
  o.refresh_seconds = 1e9;
  return o;
}
inline RunOutput::Options always_parts() {
  RunOutput::Options o;
  o.refresh_seconds = -1;
  o.refresh_share = 0;
  return o;
}

inline RunStatus done(std::int64_t steps) {
  return {.status = "complete",
          .reason = "reached the end",
          .t_reached = 0.125 * static_cast<double>(steps - 1),
          .counts = {{"steps_accepted", steps}}};
}

}  // namespace example_run
