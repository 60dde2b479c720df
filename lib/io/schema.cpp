// The rules that make a file readable everywhere: every axis of every array has a scale in the same
// group, every array has units and a long name, no axis appears twice in one array.
#include <thalweg/io/private/schema.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
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
  return v.type == Variable::Type::integer ? h5::Type::integer : h5::Type::real;
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

h5::Shape shape_of(const Variable& v) {
  h5::Shape shape;
  for (const auto& a : v.axes) shape.push_back(a.size);
  return shape;
}

void attach_axes(h5::File& file, const std::string& group, const Variable& v, std::size_t first) {
  for (std::size_t i = 0; i < v.axes.size(); ++i)
    file.attach_scale(at(group, v.name), first + i, at(group, v.axes[i].name));
}

/// Whether the `count` rows at `first` hold the same bits.
template <class T>
bool same(const h5::File& file, const std::string& dataset, Index first, Index count,
          const std::vector<T>& rows, Index row_size) {
  const auto n = static_cast<std::size_t>(count * row_size);
  std::vector<T> old(n);
  file.read_rows(dataset, first, count, old.data());
  return std::memcmp(old.data(), rows.data(), n * sizeof(T)) == 0;
}

}  // namespace

std::string group_of(const SeriesSchema& s) {
  return s.group.empty() ? "/series/" + s.name : s.group;
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
  std::map<std::string, Index> axes;
  for (const auto& v : s.variables) {
    check_variable(v, group);
    for (const auto& a : v.axes)
      if (const auto [it, fresh] = axes.emplace(a.name, a.size); !fresh && it->second != a.size)
        throw ModelError(group + "/" + v.name + ": axis \"" + a.name + "\" has size " +
                         std::to_string(a.size) + " here and " + std::to_string(it->second) +
                         " in another variable: give it another name");
  }
  std::set<std::string> taken{s.time_axis, "step", committed};
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

void create_series(h5::File& file, const SeriesSchema& s) {
  const std::string group = group_of(s), time = at(group, s.time_axis), step = at(group, "step");
  file.create_group(group);
  if (!s.comment.empty()) file.set_attribute(group, "comment", s.comment);
  file.create_growing(time, h5::Type::real, {});
  file.make_scale(time);
  describe(file, time, "model time", "1");
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
  if (!file.exists(at(group, committed)))
    throw IoError(file.path() + ": there is no series " + group +
                  ": the file was written for another configuration");
  const Index count = file.read_integers(at(group, committed)).at(0);
  const auto require = [&](const std::string& name, h5::Type type, h5::Shape shape) {
    shape.insert(shape.begin(), count);
    const std::string dataset = at(group, name);
    if (!file.exists(dataset) || file.type(dataset) != type || file.shape(dataset) != shape)
      throw IoError(file.path() + ": " + dataset +
                    " does not have the expected type and shape: the file was written for another "
                    "configuration, or is damaged");
  };
  require(s.time_axis, h5::Type::real, {});
  require("step", h5::Type::integer, {});
  for (const auto& v : s.variables) require(v.name, stored_type(v), shape_of(v));
  return count;
}

Rows read_rows(const h5::File& file, const SeriesSchema& s, Index first, Index count) {
  const std::string group = group_of(s);
  Rows rows;
  rows.time.resize(static_cast<std::size_t>(count));
  rows.step.resize(static_cast<std::size_t>(count));
  file.read_rows(at(group, s.time_axis), first, count, rows.time.data());
  file.read_rows(at(group, "step"), first, count, rows.step.data());
  for (const auto& v : s.variables) {
    auto& column = rows.columns.emplace_back();
    const auto n = static_cast<std::size_t>(count * v.size());
    if (v.type == Variable::Type::integer) {
      column.integers.resize(n);
      file.read_rows(at(group, v.name), first, count, column.integers.data());
    } else {
      column.reals.resize(n);
      file.read_rows(at(group, v.name), first, count, column.reals.data());
    }
  }
  return rows;
}

void write_rows(h5::File& file, const SeriesSchema& s, Index first, const Rows& rows) {
  if (rows.count() == 0) return;
  const std::string group = group_of(s), time = at(group, s.time_axis), step = at(group, "step");
  const Index there = file.shape(time).at(0);
  const Index overlap = std::min(there - first, rows.count());
  if (overlap > 0) {
    bool equal = same(file, time, first, overlap, rows.time, 1) &&
                 same(file, step, first, overlap, rows.step, 1);
    for (std::size_t i = 0; equal && i < s.variables.size(); ++i) {
      const auto& v = s.variables[i];
      const auto& c = rows.columns[i];
      equal = v.type == Variable::Type::integer
                  ? same(file, at(group, v.name), first, overlap, c.integers, v.size())
                  : same(file, at(group, v.name), first, overlap, c.reals, v.size());
    }
    if (equal && overlap == rows.count()) return;
    if (!equal) truncate_series(file, s, first);
  }
  for (std::size_t i = 0; i < s.variables.size(); ++i) {
    const auto& v = s.variables[i];
    const auto& c = rows.columns[i];
    if (v.type == Variable::Type::integer)
      file.write_rows(at(group, v.name), first, rows.count(), c.integers.data());
    else
      file.write_rows(at(group, v.name), first, rows.count(), c.reals.data());
  }
  file.write_rows(step, first, rows.count(), rows.step.data());
  file.write_rows(time, first, rows.count(), rows.time.data());
  const std::int64_t total = first + rows.count();
  file.write(at(group, committed), std::span<const std::int64_t>(&total, 1));
}

void truncate_series(h5::File& file, const SeriesSchema& s, Index count) {
  const std::string group = group_of(s);
  for (const auto& v : s.variables) file.set_rows(at(group, v.name), count);
  file.set_rows(at(group, "step"), count);
  file.set_rows(at(group, s.time_axis), count);
  const std::int64_t total = count;
  file.write(at(group, committed), std::span<const std::int64_t>(&total, 1));
}

template <class T>
void write_variable(h5::File& file, const std::string& group, const Variable& v,
                    std::span<const T> values) {
  const std::string dataset = at(group, v.name);
  file.create_group(group);
  for (const auto& a : v.axes) need_axis(file, group, a);
  if constexpr (std::is_same_v<T, std::string>) {
    file.create(dataset, h5::Type::text, shape_of(v));
    file.write(dataset, values);
  } else if (v.type == Variable::Type::integer) {
    std::vector<std::int64_t> integers;
    for (const double x : values) integers.push_back(std::llrint(x));
    file.create(dataset, h5::Type::integer, shape_of(v));
    file.write(dataset, std::span<const std::int64_t>(integers));
  } else {
    file.create(dataset, h5::Type::real, shape_of(v));
    file.write(dataset, values);
  }
  attach_axes(file, group, v, 0);
  describe(file, dataset, v);
}

template void write_variable(h5::File&, const std::string&, const Variable&,
                             std::span<const double>);
template void write_variable(h5::File&, const std::string&, const Variable&,
                             std::span<const std::string>);

}  // namespace thalweg
