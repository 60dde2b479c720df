// The rules that make a file readable everywhere: every axis of every array has a scale in the same
// group, every array has units and a long name, no axis appears twice in one array.
#include <thalweg/io/private/schema.hpp>
#include <thalweg/io/provenance.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <set>

namespace thalweg {
namespace {

const char* const committed = "n_committed";

std::string at(const std::string& group, const std::string& name) { return group + "/" + name; }

void check_name(const std::string& name, const std::string& what, const std::string& group) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool good = !name.empty() && name.size() <= 64 && letter(name.front()) &&
                    std::all_of(name.begin(), name.end(), [&](char c) {
                      return letter(c) || (c >= '0' && c <= '9') || c == '_';
                    });
  if (!good)
    throw ModelError(group + ": the " + what + " name \"" + name +
                     "\" must be a letter followed by letters, digits or _, at most 64 in all");
}

/// xarray turns arrays with such units into dates and durations, or fails to open the file.
void check_unit(const std::string& unit, const std::string& where) {
  static const std::set<std::string> spans{"days",         "hours",        "minutes",    "seconds",
                                           "milliseconds", "microseconds", "nanoseconds"};
  if (spans.contains(unit) || unit.find(" since ") != std::string::npos)
    throw ModelError(where + ": readers take the unit \"" + unit +
                     "\" for a calendar: write \"s\", \"ms\", \"h\", or \"1\" for model time");
}

h5::Type stored_type(const Variable& v) {
  switch (v.type) {
    case Variable::Type::integer:
      return h5::Type::integer;
    case Variable::Type::boolean:
      return h5::Type::flag;
    case Variable::Type::real:
      break;
  }
  return h5::Type::real;
}

bool is_whole(const Variable& v) { return v.type != Variable::Type::real; }

h5::Growth growth_of(const SeriesSchema& s) {
  return s.chains > 0 ? h5::Growth::second : h5::Growth::first;
}

/// Rows lie in memory one after another, each with all chains; in the file all rows of one chain
/// come before the next chain. `back`: from the file to memory.
template <class T>
std::vector<T> reordered(std::span<const T> from, Index rows, Index chains, Index size, bool back) {
  std::vector<T> to(from.size());
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < chains; ++c) {
      const Index memory = (r * chains + c) * size, file = (c * rows + r) * size;
      std::copy_n(from.begin() + (back ? file : memory), size, to.begin() + (back ? memory : file));
    }
  return to;
}

void describe(h5::File& file, const std::string& dataset, const std::string& long_name,
              const std::string& units, const std::string& comment = {}) {
  const std::string name = dataset.substr(dataset.rfind('/') + 1);
  file.set_attribute(dataset, "long_name", long_name.empty() ? name : long_name);
  file.set_attribute(dataset, "units", units.empty() ? "1" : units);
  if (!comment.empty()) file.set_attribute(dataset, "comment", comment);
}

void describe(h5::File& file, const std::string& dataset, const Variable& v) {
  describe(file, dataset, v.long_name, v.unit, v.comment);
  if (v.approximate) file.set_attribute(dataset, "approximate", std::int64_t{1});
  if (!v.flag_meanings.empty()) {
    std::vector<std::int64_t> flags;
    std::string meanings;
    for (const auto& m : v.flag_meanings) {
      meanings += (flags.empty() ? "" : " ") + m;
      flags.push_back(static_cast<std::int64_t>(flags.size()));
    }
    file.set_attribute(dataset, "flag_values", flags);
    file.set_attribute(dataset, "flag_meanings", meanings);
  }
}

/// The scale of an axis, made at its first use in the group.
void need_axis(h5::File& file, const std::string& group, const Axis& axis) {
  const std::string scale = at(group, axis.name);
  if (file.exists(scale)) {
    const Index size = file.shape(scale).at(0);
    if (size != axis.size)
      throw ModelError(group + ": axis \"" + axis.name + "\" has size " +
                       std::to_string(axis.size) + " here and " + std::to_string(size) +
                       " before: give it another name");
    return;
  }
  if (axis.values.empty() && axis.labels.empty()) {
    file.create_dimension(scale, axis.size);
  } else {
    file.create(scale, axis.labels.empty() ? h5::Type::real : h5::Type::text, {axis.size});
    if (axis.labels.empty())
      file.write(scale, std::span<const double>(axis.values));
    else
      file.write(scale, std::span<const std::string>(axis.labels));
    file.make_scale(scale);
    describe(file, scale, axis.long_name, axis.unit);
  }
}

/// A coordinate 0, 1, ..., n - 1 of whole numbers.
void count_axis(h5::File& file, const std::string& scale, Index n, const std::string& long_name) {
  if (file.exists(scale)) return;
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  file.create(scale, h5::Type::integer, {n});
  file.write(scale, std::span<const std::int64_t>(numbers));
  file.make_scale(scale);
  describe(file, scale, long_name, "1");
}

/// As need_axis, but an axis without values of its own counts from 0, as ArviZ wants.
void need_counted_axis(h5::File& file, const std::string& group, const Axis& axis) {
  if (axis.values.empty() && axis.labels.empty() && !file.exists(at(group, axis.name)))
    count_axis(file, at(group, axis.name), axis.size, axis.long_name);
  else
    need_axis(file, group, axis);
}

h5::Shape shape_of(const Variable& v) {
  h5::Shape shape;
  for (const auto& a : v.axes) shape.push_back(a.size);
  return shape;
}

void attach_axes(h5::File& file, const std::string& group, const Variable& v, std::size_t first) {
  for (std::size_t i = 0; i < v.axes.size(); ++i)
    file.attach_scale(at(group, v.name), first + i, at(group, v.axes[i].name));
}

template <class T>
void read_column(const h5::File& file, const SeriesSchema& s, const Variable& v, Index first,
                 Index count, std::vector<T>& out) {
  out.resize(static_cast<std::size_t>(count * row_size(s, v)));
  file.read_rows(at(group_of(s), v.name), first, count, out.data(), growth_of(s));
  if (s.chains > 0) out = reordered<T>(out, count, s.chains, v.size(), true);
}

template <class T>
void write_column(h5::File& file, const SeriesSchema& s, const Variable& v, Index first,
                  Index count, const std::vector<T>& rows) {
  const std::string dataset = at(group_of(s), v.name);
  if (s.chains > 0)
    file.write_rows(dataset, first, count,
                    reordered<T>(rows, count, s.chains, v.size(), false).data(), growth_of(s));
  else
    file.write_rows(dataset, first, count, rows.data());
}

/// Whether the `count` rows at `first` hold the same bits.
template <class T>
bool same(const h5::File& file, const SeriesSchema& s, const Variable& v, Index first, Index count,
          const std::vector<T>& rows) {
  std::vector<T> old;
  read_column(file, s, v, first, count, old);
  return std::memcmp(old.data(), rows.data(), old.size() * sizeof(T)) == 0;
}

template <class T>
bool same_axis(const h5::File& file, const std::string& dataset, Index first, Index count,
               const std::vector<T>& rows) {
  std::vector<T> old(static_cast<std::size_t>(count));
  file.read_rows(dataset, first, count, old.data());
  return std::memcmp(old.data(), rows.data(), old.size() * sizeof(T)) == 0;
}

void set_committed(h5::File& file, const SeriesSchema& s, std::int64_t rows) {
  if (s.chains > 0)
    file.set_attribute(group_of(s), committed, rows);
  else
    file.write(at(group_of(s), committed), std::span<const std::int64_t>(&rows, 1));
}

const char* const draw = "draw";

}  // namespace

std::string group_of(const SeriesSchema& s) {
  return s.group.empty() ? "/series/" + s.name : s.group;
}

void write_head(h5::File& file, const Metadata& metadata, const RunStatus& status) {
  const auto put_all = [&](const std::string& group, const h5::Attributes& attributes) {
    for (const auto& [name, value] : attributes) file.set_attribute(group, name, value);
  };
  put_all("/", {{"Conventions", "CF-1.10 ACDD-1.3 thalweg-1"},
                {"title", metadata.title},
                {"summary", metadata.summary},
                {"source", source_version()},
                {"thalweg_schema", "1.0"}});
  for (const auto& [name, value] : metadata.attributes) file.set_attribute("/", name, value);
  put_all("/", {{"status", status.status}, {"status_reason", status.reason}});
  if (!std::isnan(status.t_reached)) file.set_attribute("/", "t_reached", status.t_reached);
  for (const auto& [name, count] : status.counts) file.set_attribute("/", name, count);
  file.create_group("/provenance");
  put_all("/provenance", metadata.provenance);
}

void check_variable(const Variable& v, const std::string& group) {
  check_name(v.name, "variable", group);
  check_unit(v.unit, group + "/" + v.name);
  std::set<std::string> seen;
  for (const auto& a : v.axes) {
    check_name(a.name, "axis", group);
    check_unit(a.unit, group + "/" + a.name);
    const std::string where = group + "/" + v.name + ": axis \"" + a.name + "\"";
    if (!seen.insert(a.name).second)
      throw ModelError(where + " appears twice: readers need two names, for instance i and j");
    if (a.name == v.name) throw ModelError(where + " must not have the name of its variable");
    if (a.size < 1 || a.size > std::numeric_limits<int>::max())
      throw ModelError(where + " has size " + std::to_string(a.size) +
                       ", which must be in [1, 2^31)");
    for (const std::size_t n : {a.values.size(), a.labels.size()})
      if (n != 0 && static_cast<Index>(n) != a.size)
        throw ModelError(where + " has size " + std::to_string(a.size) + " but " +
                         std::to_string(n) + " coordinates");
  }
}

void check_series(const SeriesSchema& s) {
  const std::string group = group_of(s);
  check_name(s.name, "series", group);
  check_name(s.time_axis, "axis", group);
  if (s.chains < 0 || s.chains > std::numeric_limits<int>::max())
    throw ModelError(group + ": the number of chains " + std::to_string(s.chains) +
                     " must be in [0, 2^31)");
  std::map<std::string, Index> axes;
  for (const auto& v : s.variables) {
    check_variable(v, group);
    for (const auto& a : v.axes)
      if (const auto [it, fresh] = axes.emplace(a.name, a.size); !fresh && it->second != a.size)
        throw ModelError(group + "/" + v.name + ": axis \"" + a.name + "\" has size " +
                         std::to_string(a.size) + " here and " + std::to_string(it->second) +
                         " in another variable: give it another name");
  }
  auto taken = s.chains > 0 ? std::set<std::string>{"chain", draw}
                            : std::set<std::string>{s.time_axis, "step", committed};
  const auto take = [&](const std::string& name) {
    if (!taken.insert(name).second)
      throw ModelError(group + ": the name \"" + name + "\" is used twice");
  };
  for (const auto& [name, size] : axes) take(name);
  for (const auto& v : s.variables) take(v.name);
}

void Rows::clear() {
  time.clear();
  step.clear();
  for (auto& c : columns) {
    c.reals.clear();
    c.integers.clear();
  }
}

Index row_size(const SeriesSchema& s, const Variable& v) {
  return v.size() * std::max<Index>(1, s.chains);
}

namespace {

void create_draws(h5::File& file, const SeriesSchema& s) {
  const std::string group = group_of(s), draws = at(group, draw);
  count_axis(file, at(group, "chain"), s.chains, "chain");
  file.create_growing(draws, h5::Type::integer, {});
  file.make_scale(draws);
  describe(file, draws, "draw", "1");
  for (const auto& v : s.variables) {
    for (const auto& a : v.axes) need_counted_axis(file, group, a);
    const std::string dataset = at(group, v.name);
    file.create_growing_chains(dataset, stored_type(v), s.chains, shape_of(v));
    file.attach_scale(dataset, 0, at(group, "chain"));
    file.attach_scale(dataset, 1, draws);
    attach_axes(file, group, v, 2);
    describe(file, dataset, v);
    if (v.type == Variable::Type::real)
      file.set_attribute(dataset, "_FillValue", std::numeric_limits<double>::quiet_NaN());
  }
  set_committed(file, s, 0);
}

}  // namespace

void create_series(h5::File& file, const SeriesSchema& s) {
  const std::string group = group_of(s), time = at(group, s.time_axis), step = at(group, "step");
  file.create_group(group);
  if (!s.comment.empty()) file.set_attribute(group, "comment", s.comment);
  for (const auto& [name, value] : s.attributes) file.set_attribute(group, name, value);
  if (s.chains > 0) return create_draws(file, s);
  file.create_growing(time, h5::Type::real, {});
  file.make_scale(time);
  describe(file, time, s.time_name, "1");
  file.set_attribute(time, "axis", "T");
  file.create_growing(step, h5::Type::integer, {});
  file.attach_scale(step, 0, time);
  describe(file, step, "accepted steps so far", "1");
  for (const auto& v : s.variables) {
    for (const auto& a : v.axes) need_axis(file, group, a);
    const std::string dataset = at(group, v.name);
    file.create_growing(dataset, stored_type(v), shape_of(v));
    file.attach_scale(dataset, 0, time);
    attach_axes(file, group, v, 1);
    describe(file, dataset, v);
    if (v.type == Variable::Type::real)
      file.set_attribute(dataset, "_FillValue", std::numeric_limits<double>::quiet_NaN());
  }
  file.create(at(group, committed), h5::Type::integer, {});
  describe(file, at(group, committed), "number of rows that are complete", "1");
  truncate_series(file, s, 0);
}

Index committed_rows(const h5::File& file, const SeriesSchema& s) {
  const std::string group = group_of(s);
  const bool draws = s.chains > 0;
  if (!file.exists(draws ? group : at(group, committed)))
    throw IoError(file.path() + ": there is no series " + group +
                  ": the file was written for another configuration");
  Index count = 0;
  if (draws) {
    const auto value = file.attribute(group, committed);
    const auto* n = value ? std::get_if<std::int64_t>(&*value) : nullptr;
    if (!n) throw IoError(file.path() + ": " + group + " has no attribute n_committed");
    count = *n;
  } else {
    count = file.read_integers(at(group, committed)).at(0);
  }
  const auto require = [&](const std::string& name, h5::Type type, h5::Shape shape, bool chains) {
    shape.insert(shape.begin(), count);
    if (chains) shape.insert(shape.begin(), s.chains);
    const std::string dataset = at(group, name);
    if (!file.exists(dataset) || file.type(dataset) != type || file.shape(dataset) != shape)
      throw IoError(file.path() + ": " + dataset +
                    " does not have the expected type and shape: the file was written for another "
                    "configuration, or is damaged");
  };
  if (draws) {
    require(draw, h5::Type::integer, {}, false);
  } else {
    require(s.time_axis, h5::Type::real, {}, false);
    require("step", h5::Type::integer, {}, false);
  }
  for (const auto& v : s.variables)
    require(v.name, is_whole(v) ? h5::Type::integer : h5::Type::real, shape_of(v), draws);
  return count;
}

Rows read_rows(const h5::File& file, const SeriesSchema& s, Index first, Index count) {
  const std::string group = group_of(s);
  Rows rows;
  rows.time.resize(static_cast<std::size_t>(count));
  rows.step.resize(static_cast<std::size_t>(count));
  if (s.chains > 0) {
    std::iota(rows.step.begin(), rows.step.end(), first);
  } else {
    file.read_rows(at(group, s.time_axis), first, count, rows.time.data());
    file.read_rows(at(group, "step"), first, count, rows.step.data());
  }
  for (const auto& v : s.variables) {
    auto& column = rows.columns.emplace_back();
    if (is_whole(v))
      read_column(file, s, v, first, count, column.integers);
    else
      read_column(file, s, v, first, count, column.reals);
  }
  return rows;
}

void write_rows(h5::File& file, const SeriesSchema& s, Index first, const Rows& rows) {
  if (rows.count() == 0) return;
  const std::string group = group_of(s), time = at(group, s.time_axis), step = at(group, "step");
  const bool draws = s.chains > 0;
  const Index there = file.shape(draws ? at(group, draw) : time).at(0);
  const Index overlap = std::min(there - first, rows.count());
  if (overlap > 0) {
    bool equal = draws || (same_axis(file, time, first, overlap, rows.time) &&
                           same_axis(file, step, first, overlap, rows.step));
    for (std::size_t i = 0; equal && i < s.variables.size(); ++i) {
      const auto& v = s.variables[i];
      const auto& c = rows.columns[i];
      equal = is_whole(v) ? same(file, s, v, first, overlap, c.integers)
                          : same(file, s, v, first, overlap, c.reals);
    }
    if (equal && overlap == rows.count()) return;
    if (!equal) truncate_series(file, s, first);
  }
  for (std::size_t i = 0; i < s.variables.size(); ++i) {
    const auto& v = s.variables[i];
    const auto& c = rows.columns[i];
    if (is_whole(v))
      write_column(file, s, v, first, rows.count(), c.integers);
    else
      write_column(file, s, v, first, rows.count(), c.reals);
  }
  if (draws) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(rows.count()));
    std::iota(numbers.begin(), numbers.end(), std::int64_t{first});
    file.write_rows(at(group, draw), first, rows.count(), numbers.data());
  } else {
    file.write_rows(step, first, rows.count(), rows.step.data());
    file.write_rows(time, first, rows.count(), rows.time.data());
  }
  set_committed(file, s, first + rows.count());
}

void truncate_series(h5::File& file, const SeriesSchema& s, Index count) {
  const std::string group = group_of(s);
  for (const auto& v : s.variables) file.set_rows(at(group, v.name), count, growth_of(s));
  if (s.chains > 0) {
    file.set_rows(at(group, draw), count);
  } else {
    file.set_rows(at(group, "step"), count);
    file.set_rows(at(group, s.time_axis), count);
  }
  set_committed(file, s, count);
}

template <class T>
void write_variable(h5::File& file, const std::string& group, const Variable& v,
                    std::span<const T> values, Coordinates coordinates) {
  const std::string dataset = at(group, v.name);
  if (!group.empty()) file.create_group(group);  // empty: the root
  for (const auto& a : v.axes)
    coordinates == Coordinates::counted ? need_counted_axis(file, group, a)
                                        : need_axis(file, group, a);
  if constexpr (std::is_same_v<T, std::string>) {
    file.create(dataset, h5::Type::text, shape_of(v));
    file.write(dataset, values);
  } else if (is_whole(v)) {
    std::vector<std::int64_t> integers;
    for (const double x : values) integers.push_back(std::llrint(x));
    file.create(dataset, stored_type(v), shape_of(v));
    file.write(dataset, std::span<const std::int64_t>(integers));
  } else {
    file.create(dataset, h5::Type::real, shape_of(v));
    file.write(dataset, values);
  }
  attach_axes(file, group, v, 0);
  describe(file, dataset, v);
}

template void write_variable(h5::File&, const std::string&, const Variable&,
                             std::span<const double>, Coordinates);
template void write_variable(h5::File&, const std::string&, const Variable&,
                             std::span<const std::string>, Coordinates);

}  // namespace thalweg
