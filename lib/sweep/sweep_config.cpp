#include <thalweg/sweep/sweep_config.hpp>

#include <thalweg/config/config_reader.hpp>

namespace thalweg {

namespace {

// A value that no rule of Fields covers; where fields are described, a list of text stands for it.
std::optional<Node> anything(Fields& f, std::string_view key, std::string_view doc) {
  if (auto* reader = dynamic_cast<ConfigReader*>(&f)) {
    const Node* node = reader->node(key, doc);
    return node ? std::optional<Node>(*node) : std::nullopt;
  }
  std::vector<std::string> described;
  f(key, described, "", doc);
  return std::nullopt;
}

}  // namespace

void AxisConfig::fields(Fields& f) {
  f("key", key, "",
    "of the base configuration: \"dynamics.learning_rate\", \"record[0].name\"; or "
    "\"reference.mean_exponent\", values of a collected number that are known from elsewhere");
  place = f.place("key");
  f("also", also, "", "further keys that take the same value");
  values = anything(f, "values", "numbers, texts, true or false, whole tables; or from and to");
  f("from", from, "1", "first value, or the least one that is drawn");
  f("to", to, "1", "last value, or the greatest one that is drawn");
  from_place = f.place("from");
  f("count", count, "1", "how many values, both ends included", at_least(1));
  f("scale", scale, "", "how they are spread or drawn, and drawn in figures",
    one_of({"linear", "log"}));
  f("integer", integer, "", "round them to whole numbers");
  f("name", name, "", "of the axis in the file (default: the last part of the key)");
  f("long_name", long_name, "", "its meaning (default: that of the key)");
  f("unit", unit, "", "its unit (default: that of the key)");
  f("labels", labels, "", "a name for each value, of tables for instance");
  if (!f.reading()) return;
  if (key.empty()) f.reject("key", "must name a key of the base configuration");
  if (values && (from || to || count))
    f.reject("values", "stand beside from, to or count; give one of the two");
  if (values && (values->kind != Node::Kind::array || values->items.empty()))
    f.reject("values", "must be a list with at least one value");
  if (!labels.empty() && (!values || labels.size() != values->items.size()))
    f.reject("labels", "must be as many as values");
  if (scale == "log" && from && !(*from > 0.0 && *to > 0.0))
    f.reject("scale", "needs from and to > 0");
}

void CollectConfig::fields(Fields& f) {
  f("what", what, "",
    "quantities that the base records, or numbers of its end: mean_exponent, rhat_max, "
    "thermodynamic, dimension; none: the numbers of its first record, or of its end");
  f("record", record, "",
    "the record or analysis they stand in, or the end of a run: lyapunov or orbits; draws or "
    "parameters; evidence; boundary or zoom (default: the first that has them)");
  f("take", take, "",
    "last, first, minimum or maximum of the finite rows, mean or tail of the last `rows` rows, or "
    "the whole series",
    one_of({"last", "first", "minimum", "maximum", "mean", "tail", "series"}));
  f("rows", rows, "1", "of mean and tail", at_least(1));
  f("name", name, "", "in the file, of a single quantity (default: loss, loss_minimum, ...)");
  place = f.place("take");
  what_places.clear();
  for (std::size_t i = 0; i < what.size(); ++i) what_places.push_back(f.place("what", i));
  if (!f.reading()) return;
  const bool counts = take == "mean" || take == "tail";
  if (counts && !rows) f.reject("take", "needs rows = how many of the last rows");
  if (!counts && rows) f.reject("rows", "belongs to take = \"mean\" or \"tail\"");
  if (!name.empty() && what.size() != 1)
    f.reject("name", "is of a single quantity; give one in what");
}

void SweepLimitsConfig::fields(Fields& f) {
  f("max_wall", max_wall, "s", "wall time before the sweep stops, to go on later; 0: none",
    at_least(0));
  f("max_failures", max_failures, "1", "failed members before the sweep stops; 0: no limit",
    at_least(0));
}

void SweepConfig::fields(Fields& f) {
  f("title", title, "", "one line for the report");
  base = anything(f, "base", "the configuration of a run: a path beside this file, or a table");
  set = anything(f, "set", "a table of keys of the base that all members share");
  f("mode", mode, "",
    "grid: every combination, an axis is a dimension of the file; zip: axes advance together; "
    "random: `count` points; list: the [[point]] tables",
    one_of({"grid", "zip", "random", "list"}));
  f("count", count, "1", "points that random draws", at_least(1));
  f("seed", seed, "1", "of the points that random draws", at_least(0));
  f("on_failure", on_failure, "",
    "of a member: record and go on, stop the sweep, or retry what may go well another time (wall "
    "time, memory, files)",
    one_of({"record", "stop", "retry"}));
  f("retries", retries, "1", "of a member, with on_failure = \"retry\"", at_least(1));
  f("keep_runs", keep_runs, "",
    "each member is a run with a directory of its own under members/: checkpoints, result.h5; "
    "draws, the evidence and planes have one while they run in any case");
  f("report", report, "", "make report.html at the end");
  f.array_of_tables("axis", axes.size(), "a key to vary", [&](std::size_t i) {
    if (i >= axes.size()) axes.resize(i + 1);
    axes[i].fields(f);
  });
  if (const auto node = anything(f, "point",
                                 "a member of mode list: keys and values; reference.mean_exponent "
                                 "= [0.9056, 0.0, -14.572] "
                                 "says what is known of a collected number"))
    points = node->items;
  f.array_of_tables("collect", collect.size(), "which numbers of a member go into sweep.h5",
                    [&](std::size_t i) {
                      if (i >= collect.size()) collect.resize(i + 1);
                      collect[i].fields(f);
                    });
  f("limits", limits, "", "when to stop early");
  if (!f.reading()) return;
  if (!base) f.reject("base", "is missing; give base = \"run.toml\" or a [base] table");
  if (base->kind != Node::Kind::text && base->kind != Node::Kind::table)
    f.reject("base", "must be a path or a table");
  if (set && set->kind != Node::Kind::table) f.reject("set", "must be a table: write [set]");
  if (!f.given("mode") && axes.empty() && !points.empty()) mode = "list";
  if (mode == "list") {
    if (!axes.empty()) f.reject("axis", "does not go with mode = \"list\"; write [[point]] tables");
    if (points.empty()) f.reject("mode", "needs [[point]] tables, one for each member");
  } else {
    if (!points.empty()) f.reject("point", "goes with mode = \"list\" alone");
    if (axes.empty()) f.reject("mode", "needs [[axis]] tables that say what to vary");
  }
  for (const auto& p : points)
    if (p.kind != Node::Kind::table || p.entries.empty())
      f.reject("point", "must be tables of keys and values: write [[point]] and the keys below");
  if (mode != "random" && count)
    f.reject("count", "goes with mode = \"random\"; an axis has its own");
  for (const auto& a : axes) {
    if (mode == "random" && a.count)
      f.reject("axis", "has a count, which mode = \"random\" has once for all axes");
  }
}

}  // namespace thalweg
