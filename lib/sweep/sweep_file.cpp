#include <thalweg/sweep/sweep_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<const char*, 7> counted{
    "t_reached",        "steps_accepted", "steps_rejected",   "gradient_calls",
    "hessian_products", "rhs_calls",      "jacobian_products"};

std::vector<double> counts_of(const MemberResult& r) {
  std::vector<double> all{r.t};
  for (const auto n : {r.accepted, r.rejected, r.calls.gradients, r.calls.hessian_products,
                       r.calls.rhs, r.calls.jvp})
    all.push_back(static_cast<double>(n));
  return all;
}

std::string sentence_of(Take take, Index rows, bool once) {
  if (once) return "at the end of each member";
  switch (take) {
    case Take::last:
      return "in the last row of each member";
    case Take::first:
      return "in the first row of each member";
    case Take::minimum:
      return "least finite value in the rows of each member";
    case Take::maximum:
      return "greatest finite value in the rows of each member";
    case Take::mean:
      return fmt::format("mean of the last {} rows of each member, or of all when there are fewer",
                         rows);
    case Take::tail:
      return fmt::format("the last {} rows of each member, NaN where there are fewer", rows);
    case Take::series:
      break;
  }
  return "all rows of each member, NaN after its last";
}

/// The rows of a record that is collected whole: how many, and whether all members have the same
/// times as far as they go.
struct Rows {
  std::size_t most = 0;
  std::vector<double> times{};
  bool common = true;

  void add(const std::vector<double>& numbers, std::size_t size) {
    const std::size_t rows = numbers.size() / (1 + size);
    most = std::max(most, rows);
    for (std::size_t r = 0; r < rows; ++r) {
      const double t = numbers[r * (1 + size)];
      if (r == times.size()) times.push_back(t);
      common = common && times[r] == t;
    }
  }
};

class Builder {
 public:
  Builder(const SweepPlan& plan, const std::vector<Collected>& collected)
      : plan_(plan), collected_(collected) {
    if (plan.grid()) {
      for (const auto& a : plan.axes()) axes_.push_back(axis_of(a));
    } else {
      axes_ = {Axis{.name = "point", .size = plan.members(), .long_name = "member of the sweep"}};
      for (Index i = 0; i < plan.members(); ++i) axes_[0].values.push_back(static_cast<double>(i));
      for (const auto& a : plan.axes()) names_ += (names_.empty() ? "" : " ") + a.name;
    }
  }

  std::vector<StoredArray> build(const std::function<MemberResult(Index)>& result) {
    std::vector<MemberResult> all;
    std::map<std::string, Rows> series;
    for (Index i = 0; i < plan_.members(); ++i) {
      all.push_back(result(i));
      for (std::size_t c = 0; c < collected_.size(); ++c)
        if (collected_[c].take == Take::series && !all.back().values.empty())
          series[collected_[c].record].add(all.back().values.at(c),
                                           static_cast<std::size_t>(collected_[c].size()));
    }
    if (!plan_.grid())
      for (const auto& a : plan_.axes()) coordinate(a);
    for (std::size_t c = 0; c < collected_.size(); ++c)
      collected_[c].take == Take::series ? whole(c, all, series[collected_[c].record])
                                         : some(c, all);
    ends(all);
    return std::move(arrays_);
  }

 private:
  static Axis axis_of(const SweptAxis& a) {
    Axis axis{.name = a.name, .size = a.size(), .long_name = a.long_name, .unit = a.unit};
    for (Index i = 0; i < a.size(); ++i)
      if (a.numeric())
        axis.values.push_back(a.number(i));
      else
        axis.labels.push_back(a.text(i));
    return axis;
  }

  void coordinate(const SweptAxis& a) {
    StoredArray array{.variable = {.name = a.name, .unit = a.unit, .long_name = a.long_name}};
    array.variable.axes = axes_;
    const auto values = axis_of(a);
    array.numbers = values.values;
    array.texts = values.labels;
    arrays_.push_back(std::move(array));
  }

  void add(StoredArray array) {
    array.coordinates = names_;
    arrays_.push_back(std::move(array));
  }

  /// Of a collected quantity: the swept axes, then its own.
  StoredArray begin(const Collected& c) const {
    StoredArray array{.variable = c.variable};
    auto& v = array.variable;
    v.name = c.name;
    v.axes = axes_;
    const auto what = sentence_of(c.take, c.rows, c.once);
    v.comment = v.comment.empty() ? what : what + "; " + v.comment;
    v.flag_meanings = c.variable.flag_meanings;
    v.type = Variable::Type::real;  // NaN where a member has no rows
    if (c.take == Take::minimum) v.long_name = "minimum of " + v.long_name;
    if (c.take == Take::maximum) v.long_name = "maximum of " + v.long_name;
    if (c.take == Take::mean)
      v.long_name = fmt::format("mean of {} over {} rows", v.long_name, c.rows);
    return array;
  }

  void some(std::size_t index, const std::vector<MemberResult>& all) {
    const auto& c = collected_[index];
    auto array = begin(c);
    if (c.take == Take::tail) {
      Axis back{
          .name = fmt::format("last_{}", c.rows), .size = c.rows, .long_name = "rows from the end"};
      for (Index r = 0; r < c.rows; ++r) back.values.push_back(static_cast<double>(r + 1 - c.rows));
      array.variable.axes.push_back(back);
    }
    for (const auto& a : c.variable.axes) array.variable.axes.push_back(a);
    auto n = static_cast<std::size_t>(c.size() * (c.take == Take::tail ? c.rows : 1));
    if (c.ragged()) {
      for (const auto& r : all)
        if (!r.values.empty()) n = std::max(n, r.values.at(index).size());
      auto& axis = array.variable.axes.back();
      axis.size = static_cast<Index>(n);
      axis.values.clear();
      axis.labels.clear();
    }
    for (const auto& r : all) {
      if (!r.values.empty() && !c.ragged() && r.values.at(index).size() != n)
        throw IoError(
            "a stored member has other numbers than are collected; remove the sweep with "
            "--force");
      auto x = r.values.empty() ? std::vector<double>(n, nan) : r.values[index];
      x.resize(n, nan);
      array.numbers.insert(array.numbers.end(), x.begin(), x.end());
    }
    if (const auto known = plan_.references().find(c.name); known != plan_.references().end())
      reference(array, n, known->second);
    add(std::move(array));
  }

  /// Values that are known from elsewhere, beside those that were measured.
  void reference(const StoredArray& measured, std::size_t n,
                 const std::vector<std::vector<double>>& known) {
    StoredArray array{.variable = measured.variable};
    array.variable.name += "_reference";
    array.variable.long_name = "known value: " + array.variable.long_name;
    array.variable.comment = "as the sweep file gives it";
    for (auto x : known) {
      x.resize(n, nan);
      array.numbers.insert(array.numbers.end(), x.begin(), x.end());
    }
    add(std::move(array));
  }

  void whole(std::size_t index, const std::vector<MemberResult>& all, const Rows& rows) {
    const auto& c = collected_[index];
    const std::size_t most = std::max<std::size_t>(rows.most, 1);
    const auto n = static_cast<std::size_t>(c.size());
    auto array = begin(c);
    // One time axis where all members have the same times, else a number of the row.
    Axis time{.name = c.time_axis, .size = static_cast<Index>(most), .long_name = c.time_name};
    if (rows.common) {
      time.values = rows.times;
      time.values.resize(most, 0.0);
    } else {
      time.name = "row_" + c.record;
      time.long_name = "row of the record";
      for (std::size_t r = 0; r < most; ++r) time.values.push_back(static_cast<double>(r));
      const bool told = std::any_of(arrays_.begin(), arrays_.end(), [&](const StoredArray& a) {
        return a.variable.name == c.time_axis;
      });
      if (!told) {
        StoredArray times{.variable = {.name = c.time_axis, .long_name = c.time_name}};
        times.variable.axes = axes_;
        times.variable.axes.push_back(time);
        times.numbers = column(index, all, most, 0, 1);
        add(std::move(times));
      }
    }
    array.variable.axes.push_back(time);
    for (const auto& a : c.variable.axes) array.variable.axes.push_back(a);
    array.numbers = column(index, all, most, 1, n);
    add(std::move(array));
  }

  /// Entries [first, first + count) of each row, NaN after the last row of a member.
  [[nodiscard]] std::vector<double> column(std::size_t index, const std::vector<MemberResult>& all,
                                           std::size_t most, std::size_t first,
                                           std::size_t count) const {
    const auto width = static_cast<std::size_t>(1 + collected_[index].size());
    std::vector<double> out;
    for (const auto& r : all)
      for (std::size_t row = 0; row < most; ++row)
        for (std::size_t k = first; k < first + count; ++k) {
          const std::size_t at = row * width + k;
          out.push_back(r.values.empty() || at >= r.values[index].size() ? nan
                                                                         : r.values[index][at]);
        }
    return out;
  }

  void ends(const std::vector<MemberResult>& all) {
    StoredArray outcome{.variable = {.name = "outcome", .long_name = "how the member ended"}};
    outcome.variable.type = Variable::Type::integer;
    outcome.variable.flag_meanings = MemberEnd::names();
    outcome.variable.axes = axes_;
    StoredArray message{.variable = {.name = "message", .long_name = "the same in words"}};
    message.variable.axes = axes_;
    StoredArray id{.variable = {.name = "member", .long_name = "what identifies the member"}};
    id.variable.axes = axes_;
    std::vector<StoredArray> counts;
    for (const char* name : counted) {
      StoredArray array{.variable = {.name = name}};
      array.variable.long_name = name;
      std::replace(array.variable.long_name.begin(), array.variable.long_name.end(), '_', ' ');
      if (counts.empty()) array.variable.long_name = "model time reached";
      if (!counts.empty()) array.variable.type = Variable::Type::integer;
      array.variable.axes = axes_;
      counts.push_back(std::move(array));
    }
    for (const auto& r : all) {
      outcome.numbers.push_back(r.end);
      message.texts.push_back(r.message);
      id.texts.push_back(to_text(r.id));
      const auto numbers = counts_of(r);
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i].numbers.push_back(numbers[i]);
    }
    for (auto& a : counts) add(std::move(a));
    for (auto* a : {&outcome, &message, &id}) add(std::move(*a));
  }

  const SweepPlan& plan_;
  const std::vector<Collected>& collected_;
  std::vector<Axis> axes_;
  std::string names_;
  std::vector<StoredArray> arrays_;
};

}  // namespace

std::vector<StoredArray> make_sweep_arrays(const SweepPlan& plan,
                                           const std::vector<Collected>& collected,
                                           const std::function<MemberResult(Index)>& result) {
  return Builder(plan, collected).build(result);
}

bool is_reserved(const std::string& name) {
  static const std::vector<std::string> more{"outcome", "message", "member", "point"};
  return std::find(counted.begin(), counted.end(), name) != counted.end() ||
         std::find(more.begin(), more.end(), name) != more.end() || name.starts_with("last_") ||
         name.starts_with("row_");
}

}  // namespace thalweg
