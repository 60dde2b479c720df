#include <thalweg/sweep/collect.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>
#include <thalweg/sweep/sweep_file.hpp>

namespace thalweg {

namespace {

constexpr std::array<const char*, 7> take_names{"last", "first", "minimum", "maximum",
                                                "mean", "tail",  "series"};

Take take_of(const std::string& name) {
  const auto at = std::find(take_names.begin(), take_names.end(), name);
  return static_cast<Take>(at - take_names.begin());
}

std::string name_of(const std::string& quantity, Take take) {
  if (take == Take::last || take == Take::series) return quantity;
  return quantity + "_" + take_names[static_cast<std::size_t>(take)];
}

Collected find(const std::string& quantity, const std::string& record,
               const std::vector<SeriesSchema>& schemas) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    const auto& s = schemas[i];
    if (!record.empty() && s.name != record) continue;
    Index offset = 0;
    for (const auto& v : s.variables) {
      if (v.name == quantity)
        return {.name = quantity,
                .series = i,
                .record = s.name,
                .time_axis = s.time_axis,
                .time_name = s.time_name,
                .group = s.group.empty() ? "/series/" + s.name : s.group,
                .once = s.time_axis.empty(),
                .variable = v,
                .offset = offset};
      if (std::find(names.begin(), names.end(), v.name) == names.end()) names.push_back(v.name);
      offset += v.size();
    }
  }
  const bool motion = std::none_of(schemas.begin(), schemas.end(),
                                   [](const auto& s) { return s.time_axis.empty(); });
  const bool listed = nearest_name(quantity, names).empty();  // by the hint
  throw ConfigError("\"" + quantity + "\" is not recorded by the base" +
                    (record.empty() ? "" : " in \"" + record + "\"") + name_hint(quantity, names) +
                    (motion   ? "; what of a [[record]] of the base says what is there"
                     : listed ? std::string()
                              : fmt::format(" (there are {})", fmt::join(names, ", "))));
}

}  // namespace

std::vector<Collected> make_collected(const std::vector<CollectConfig>& config,
                                      const std::vector<SeriesSchema>& schemas) {
  std::vector<Collected> all;
  std::set<std::string> names;
  std::vector<std::string> records;
  for (const auto& s : schemas) records.push_back(s.name);
  const auto standard = [](const SeriesSchema& s) {  // of what is recorded often, numbers alone
    std::vector<std::string> what;
    for (const auto& v : s.variables)
      if (v.size() == 1 || s.time_axis.empty()) what.push_back(v.name);
    return what;
  };
  const auto defaults = [&] {
    CollectConfig c;
    c.what = standard(schemas.front());
    c.record = schemas.front().name;
    c.what_places.assign(c.what.size(), "collect");
    return c;
  };
  for (auto c : config.empty() ? std::vector<CollectConfig>{defaults()} : config) {
    if (!c.record.empty() && std::find(records.begin(), records.end(), c.record) == records.end())
      throw ConfigError(c.place + ": record = \"" + c.record + "\" is not in the base" +
                        name_hint(c.record, records));
    if (c.what.empty()) {
      c.what = defaults().what;
      for (const auto& s : schemas)
        if (s.name == c.record) c.what = standard(s);
      c.what_places.assign(c.what.size(), c.place);
    }
    for (std::size_t i = 0; i < c.what.size(); ++i) {
      auto item = placed(c.what_places[i], [&] { return find(c.what[i], c.record, schemas); });
      item.take = take_of(c.take);
      item.rows = c.rows.value_or(0);
      if (item.once && item.take != Take::last)
        throw ConfigError(c.place + " is for what is recorded along a run; \"" + c.what[i] +
                          "\" is there once, at its end: leave take away");
      item.name = c.name.empty() ? name_of(c.what[i], item.take) : c.name;
      if (is_reserved(item.name) && c.name.empty()) item.name = c.what[i] + "_" + c.take;
      if (is_reserved(item.name))
        throw ConfigError(c.place + ": name = \"" + item.name +
                          "\" is that of something else in the file; choose another one");
      if (!names.insert(item.name).second)
        throw ConfigError(c.what_places[i] + ": \"" + item.name +
                          "\" is collected twice; give one of them another name");
      all.push_back(std::move(item));
    }
  }
  return all;
}

std::string to_text(const std::vector<Collected>& collected) {
  std::string text;
  for (const auto& c : collected)
    text += fmt::format("{} {} {} {} {} {}\n", c.name, c.record, c.variable.name,
                        take_names[static_cast<std::size_t>(c.take)], c.rows,
                        c.ragged() ? 0 : c.size());
  return text;
}

void check_same(const std::vector<Collected>& collected, const std::vector<SeriesSchema>& schemas) {
  for (const auto& c : collected) {
    const auto here = find(c.variable.name, c.record, schemas);
    if (here.size() != c.size() && !(c.ragged() && here.ragged()))
      throw ConfigError(fmt::format(
          "\"{}\" has {} entries here and {} in the first member, which one array cannot hold; "
          "collect numbers that all members have alike",
          c.variable.name, here.size(), c.size()));
    if (here.series != c.series || (here.offset != c.offset && !c.once))
      throw ConfigError("the records differ from those of the first member; vary other keys");
  }
}

std::vector<std::string> units(const std::vector<Collected>& collected,
                               const std::vector<SeriesSchema>& schemas) {
  std::vector<std::string> all;
  for (const auto& c : collected)
    all.push_back(find(c.variable.name, c.record, schemas).variable.unit);
  return all;
}

Collector::Collector(const std::vector<Collected>& collected)
    : collected_(collected), kept_(collected.size()) {}

void Collector::append(std::size_t series, double t, std::int64_t, In row) {
  for (std::size_t i = 0; i < collected_.size(); ++i) {
    const auto& c = collected_[i];
    if (c.once || c.series != series) continue;
    auto& kept = kept_[i];
    auto& numbers = kept.numbers;
    const double* x = row.data() + c.offset;
    const auto n = static_cast<std::size_t>(c.size());
    switch (c.take) {
      case Take::last:
        numbers.assign(x, x + n);
        break;
      case Take::first:
        if (kept.rows == 0) numbers.assign(x, x + n);
        break;
      case Take::minimum:
      case Take::maximum:
        numbers.resize(n, std::numeric_limits<double>::quiet_NaN());
        for (std::size_t k = 0; k < n; ++k)
          if (std::isfinite(x[k]) &&
              !(c.take == Take::minimum ? numbers[k] <= x[k] : numbers[k] >= x[k]))
            numbers[k] = x[k];
        break;
      case Take::mean:
      case Take::tail: {  // a ring of the last rows
        const auto most = static_cast<std::size_t>(c.rows);
        const auto slot = static_cast<std::size_t>(kept.rows) % most;
        if (numbers.size() < most * n) numbers.resize(std::max(numbers.size(), (slot + 1) * n));
        std::copy_n(x, n, numbers.begin() + static_cast<std::ptrdiff_t>(slot * n));
        break;
      }
      case Take::series:
        numbers.push_back(t);
        numbers.insert(numbers.end(), x, x + n);
        break;
    }
    ++kept.rows;
  }
}

void Collector::put(const std::string& group, const std::string& name,
                    std::span<const double> values) {
  for (std::size_t i = 0; i < collected_.size(); ++i) {
    const auto& c = collected_[i];
    if (!c.once || c.group != group || c.variable.name != name) continue;
    kept_[i].numbers.assign(values.begin(), values.end());
    kept_[i].rows = 1;
  }
}

std::vector<std::vector<double>> Collector::values() const {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::vector<double>> all;
  for (std::size_t i = 0; i < collected_.size(); ++i) {
    const auto& c = collected_[i];
    const auto& kept = kept_[i];
    const auto n = static_cast<std::size_t>(c.size());
    if (c.take == Take::series) {
      all.push_back(kept.numbers);
    } else if (c.take == Take::mean || c.take == Take::tail) {
      const auto most = static_cast<std::size_t>(c.rows);
      const auto there = std::min<std::size_t>(most, static_cast<std::size_t>(kept.rows));
      const std::size_t oldest = there < most ? 0 : static_cast<std::size_t>(kept.rows) % most;
      // In the order of time; what is missing comes first.
      std::vector<double> tail((most - there) * n, nan);
      for (std::size_t r = 0; r < there; ++r) {
        const auto from =
            kept.numbers.begin() + static_cast<std::ptrdiff_t>((oldest + r) % most * n);
        tail.insert(tail.end(), from, from + static_cast<std::ptrdiff_t>(n));
      }
      if (c.take == Take::mean) {
        std::vector<double> mean(n, there == 0 ? nan : 0.0);
        for (std::size_t k = 0; k < n && there > 0; ++k) {
          for (std::size_t r = most - there; r < most; ++r) mean[k] += tail[r * n + k];
          mean[k] /= static_cast<double>(there);
        }
        tail = std::move(mean);
      }
      all.push_back(std::move(tail));
    } else {
      all.push_back(kept.rows > 0 ? kept.numbers : std::vector<double>(n, nan));
    }
  }
  return all;
}

}  // namespace thalweg
