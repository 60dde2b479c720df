#include <thalweg/sweep/plan.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <set>
#include <thalweg/config/toml_text.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/rng.hpp>

namespace thalweg {

namespace {

constexpr double most_members = 1e8;
constexpr const char* reference_prefix = "reference.";

std::string identifier(const std::string& text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (name.empty() || std::isalpha(static_cast<unsigned char>(name[0])) == 0) name = "key_" + name;
  return name.substr(0, 64);
}

std::string last_part(const std::string& key) {
  const auto dot = key.rfind('.');
  return identifier(dot == std::string::npos ? key : key.substr(dot + 1));
}

/// What a table says, leaf by leaf; a table in braces is a value.
using Leaves = std::vector<std::pair<std::string, Node>>;
void add_leaves(const Node& table, const std::string& prefix, Leaves& all) {
  for (const auto& [key, node] : table.entries) {
    // A key in quotes may be a path itself.
    const bool path = key.find_first_of(".[") != std::string::npos;
    const std::string full = (prefix.empty() ? "" : prefix + ".") + (path ? key : toml_key(key));
    if (node.kind == Node::Kind::table && (node.written.empty() || full == "reference"))
      add_leaves(node, full, all);
    else
      all.emplace_back(full, node);
  }
}

bool is_whole(double x) { return std::abs(x) < 9e15 && x == std::round(x); }

std::vector<double> spread(const AxisConfig& c) {
  const auto n = static_cast<std::size_t>(*c.count);
  const double a = *c.from, b = *c.to;
  std::vector<double> x(n, a);
  for (std::size_t i = 1; i < n; ++i) {
    const double left = static_cast<double>(n - 1 - i), right = static_cast<double>(i);
    const double share = right / static_cast<double>(n - 1);
    x[i] = i + 1 == n         ? b
           : c.scale == "log" ? a * std::pow(b / a, share)
                              : (a * left + b * right) / static_cast<double>(n - 1);
    // 32 and not 31.999999999999996, 0.82 and not 0.8200000000000001
    x[i] = std::stod(fmt::format("{:.15g}", x[i]));
  }
  return x;
}

SweptAxis make_axis(const AxisConfig& c) {
  SweptAxis axis{.key = c.key, .also = c.also, .name = c.name.empty() ? last_part(c.key) : c.name};
  axis.named = !c.name.empty();
  axis.long_name = c.long_name;
  axis.unit = c.unit;
  axis.log = c.scale == "log";
  axis.where = c.place.substr(0, c.place.find(": "));
  axis.labels = c.labels;
  if (c.values)
    for (const auto& item : c.values->items) axis.given.emplace_back(item);
  else
    axis.where = c.from_place.substr(0, c.from_place.find(": "));
  return axis;
}

void round_if_wanted(SweptAxis& axis, bool integer) {
  if (integer)
    for (auto& x : axis.numbers) x = std::round(x);
  axis.whole = std::all_of(axis.numbers.begin(), axis.numbers.end(), is_whole);
}

Config base_of(const SweepConfig& c, const std::filesystem::path& folder) {
  if (c.base->kind == Node::Kind::table) return Config::from_node(*c.base);
  return placed(c.base->where, [&] {
    try {
      return Config::from_file(folder / c.base->text);
    } catch (const IoError& e) {
      throw ConfigError(std::string("base: ") + e.what());
    }
  });
}

}  // namespace

Index SweptAxis::size() const {
  return static_cast<Index>(given.empty() ? numbers.size() : given.size());
}

std::optional<Node> SweptAxis::value(Index i) const {
  const auto k = static_cast<std::size_t>(i);
  if (!given.empty()) return given[k];
  Node node;
  node.kind = whole ? Node::Kind::integer : Node::Kind::number;
  node.number = numbers[k];
  if (whole) node.integer = static_cast<std::int64_t>(numbers[k]);
  node.where = where;
  node.written = whole ? toml_text(static_cast<Index>(node.integer)) : toml_text(node.number);
  return node;
}

std::string SweptAxis::text(Index i) const {
  if (!labels.empty()) return labels[static_cast<std::size_t>(i)];
  const auto node = value(i);
  if (!node) return "";
  return node->kind == Node::Kind::text ? node->text : node->written;
}

bool SweptAxis::numeric() const {
  return labels.empty() && std::all_of(given.begin(), given.end(), [](const auto& node) {
           return !node || node->kind == Node::Kind::integer || node->kind == Node::Kind::number;
         });
}

double SweptAxis::number(Index i) const {
  const auto node = value(i);
  if (!node) return std::numeric_limits<double>::quiet_NaN();
  return node->kind == Node::Kind::integer ? static_cast<double>(node->integer) : node->number;
}

SweepPlan::SweepPlan(const SweepConfig& config, const std::filesystem::path& folder)
    : base_(base_of(config, folder)), grid_(config.mode == "grid") {
  if (config.set) {
    Leaves leaves;
    add_leaves(*config.set, "", leaves);
    for (auto& [key, node] : leaves) base_.set(key, node, node.where);
  }
  for (const auto& c : config.axes) {
    // Only now: a misspelt key has been told as what it is.
    if (!c.values && !(c.from && c.to))
      throw ConfigError(c.place + " has no values; give values = [...] or from and to");
    if (config.mode != "random" && !c.values && !c.count)
      throw ConfigError(c.place + " has from and to; give the count of values, too");
    if (config.mode == "random" && !config.count)
      throw ConfigError(c.place + ": mode = \"random\" needs count = how many points to draw");
    auto axis = make_axis(c);
    if (config.mode == "random") {
      // A stream for each key: another axis beside it leaves the draws of this one.
      Rng rng(static_cast<std::uint64_t>(config.seed), "sweep." + c.key);
      if (c.values) {
        const auto choices = std::exchange(axis.given, {});
        const auto labels = std::exchange(axis.labels, {});
        for (Index i = 0; i < *config.count; ++i) {
          const auto k = static_cast<std::size_t>(rng.below(static_cast<Index>(choices.size())));
          axis.given.push_back(choices[k]);
          if (!labels.empty()) axis.labels.push_back(labels[k]);
        }
      } else {
        for (Index i = 0; i < *config.count; ++i) {
          const double u = rng.uniform();
          axis.numbers.push_back(axis.log ? *c.from * std::pow(*c.to / *c.from, u)
                                          : *c.from + (*c.to - *c.from) * u);
        }
        round_if_wanted(axis, c.integer);
      }
    } else if (!c.values) {
      axis.numbers = spread(c);
      round_if_wanted(axis, c.integer);
    }
    axes_.push_back(std::move(axis));
  }
  for (std::size_t p = 0; p < config.points.size(); ++p) {
    Leaves leaves;
    add_leaves(config.points[p], "", leaves);
    for (auto& [key, node] : leaves) {
      auto at =
          std::find_if(axes_.begin(), axes_.end(), [&](const auto& a) { return a.key == key; });
      if (at == axes_.end()) {
        SweptAxis axis{.key = key, .name = last_part(key)};
        axis.where = node.where;
        axis.given.resize(config.points.size());
        at = axes_.insert(axes_.end(), std::move(axis));
      }
      at->given[p] = std::move(node);
    }
  }
  take_references();
  // Two keys with one last part are called by all of it.
  for (auto& a : axes_)
    if (!a.named && std::count_if(axes_.begin(), axes_.end(), [&](const auto& b) {
                      return last_part(b.key) == last_part(a.key);
                    }) > 1)
      a.name = identifier(a.key);
  std::set<std::string> names, keys;
  for (const auto& a : axes_) {
    auto all = a.also;
    all.push_back(a.key);
    for (const auto& key : all)
      if (!keys.insert(key).second)
        throw ConfigError(a.where + ": the key \"" + key + "\" is varied twice");
  }
  for (const auto& a : axes_)
    if (!names.insert(a.name).second)
      throw ConfigError(a.where + ": two axes are called \"" + a.name +
                        "\"; give one of them another name");
  if (config.mode == "zip")
    for (const auto& a : axes_)
      if (a.size() != axes_.front().size())
        throw ConfigError(fmt::format(
            "{}: \"{}\" has {} values and \"{}\" {}; axes that advance together have equally many",
            a.where, a.key, a.size(), axes_.front().key, axes_.front().size()));
  double members = 1.0;
  if (grid_)
    for (const auto& a : axes_) members *= static_cast<double>(a.size());
  if (members > most_members)
    throw ConfigError(fmt::format("{}: a grid of {:.3g} members is too much; the most is {:.0e}",
                                  axes_.front().where, members, most_members));
}

// A key "reference.mean_exponent" varies nothing: it says what is known of what is collected.
void SweepPlan::take_references() {
  for (const auto& axis : axes_) {
    if (!axis.key.starts_with(reference_prefix)) continue;
    if (grid_)
      throw ConfigError(axis.where + ": \"" + axis.key +
                        "\" has a value for each member, which a grid has not in one row; use mode "
                        "= \"zip\" or [[point]] tables");
    auto& known = references_[axis.key.substr(std::string(reference_prefix).size())];
    for (Index i = 0; i < axis.size(); ++i) {
      known.emplace_back();
      const auto node = axis.value(i);
      if (!node) continue;
      const bool list = node->kind == Node::Kind::array;
      for (const auto& x : list ? node->items : std::vector<Node>{*node}) {
        if (x.kind != Node::Kind::integer && x.kind != Node::Kind::number)
          throw ConfigError(
              fmt::format("{}: {} must be a number or a list of numbers", node->where, axis.key));
        known.back().push_back(x.kind == Node::Kind::integer ? static_cast<double>(x.integer)
                                                             : x.number);
      }
    }
  }
  std::erase_if(axes_, [](const auto& a) { return a.key.starts_with(reference_prefix); });
  if (axes_.empty())
    throw ConfigError("a sweep varies nothing: give an [[axis]] or [[point]] a key of the base");
}

Index SweepPlan::members() const {
  if (!grid_) return axes_.front().size();
  Index n = 1;
  for (const auto& a : axes_) n *= a.size();
  return n;
}

std::vector<Index> SweepPlan::indices(Index member) const {
  std::vector<Index> all(axes_.size(), member);
  if (!grid_) return all;
  for (std::size_t i = axes_.size(); i-- > 0;) {
    all[i] = member % axes_[i].size();
    member /= axes_[i].size();
  }
  return all;
}

Config SweepPlan::config(Index member) const {
  Config config = base_;
  const auto at = indices(member);
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const auto value = axes_[i].value(at[i]);
    if (!value) continue;
    config.set(axes_[i].key, *value, axes_[i].where);
    for (const auto& key : axes_[i].also) config.set(key, *value, axes_[i].where);
  }
  return config;
}

std::string SweepPlan::words(Index member) const {
  const auto at = indices(member);
  std::string text;
  for (std::size_t i = 0; i < axes_.size(); ++i)
    if (const auto value = axes_[i].text(at[i]); !value.empty())
      text += (text.empty() ? "" : ", ") + axes_[i].name + " = " + value;
  return text;
}

}  // namespace thalweg
