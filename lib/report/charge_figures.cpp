#include <thalweg/report/charge_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace thalweg::report {

namespace {

using Role = Curve::Role;
using Column = std::vector<double>;

constexpr Index most_members = 12;

double largest(const Column& values) {
  double most = 0.0;
  for (const double v : values)
    if (std::isfinite(v)) most = std::max(most, std::abs(v));
  return most;
}

class Charges {
 public:
  Charges(const RunFile& file, const Record& record, const RunVariable& charge)
      : file_(file),
        record_(record),
        names_(file.entry_names(record, charge)),
        time_(file.column(record, record.time_axis)) {}

  [[nodiscard]] std::vector<ChargeFigure> all() const {
    std::vector<ChargeFigure> figures{totals(false)};
    if (changes()) figures.push_back(totals(true));
    for (const auto& name : names_)
      if (record_.find("charges_" + name)) figures.push_back(members(name));
    figures.push_back(
        against_bound("Deviation of the charges from the law", "deviation", "deviation_bound",
                      "max |Q - law| / scale",
                      "Largest deviation of a charge from what the law of the motion "
                      "makes of its start, relative to its scale, against model time."));
    figures.push_back(against_bound("Asymmetry of the loss", "asymmetry", "asymmetry_bound",
                                    "max |<grad L, A q>| / scale",
                                    "Whether the symmetry is there at all: how much the loss would "
                                    "change along it, relative to "
                                    "its scale, against model time."));
    return figures;
  }

 private:
  [[nodiscard]] Column column(const std::string& variable, std::size_t entry) const {
    return file_.column(record_, variable, static_cast<Index>(entry));
  }
  [[nodiscard]] std::string comment(const std::string& variable) const {
    const auto* v = record_.find(variable);
    return v && !v->comment.empty() ? v->comment : std::string();
  }

  // Something to see beside the charges themselves.
  [[nodiscard]] bool changes() const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto q = column("charge", i);
      for (const double v : q)
        if (std::abs(v - q.front()) > 1e-4 * largest(q)) return true;
    }
    return false;
  }

  [[nodiscard]] ChargeFigure totals(bool change) const {
    ChargeFigure f;
    f.variables = {"charge", "predicted_charge"};
    f.figure.title = change ? "Change of the charges since the start" : "Charges";
    f.figure.y_label = change ? "Q(t) - Q(0)" : "charge Q";
    f.figure.y_scale = Scale::linear;
    f.figure.caption = fmt::format(
        "Charges of the symmetries, summed over their members{}, and what the law of the motion "
        "makes of the start (dashed), against model time. Laws: {}.",
        change ? ", less what they were at the start" : "", comment("charge"));
    f.figure.gaps_are_told = true;
    bool labelled = false;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      auto now = column("charge", i), law = column("predicted_charge", i);
      const double start = change && !now.empty() ? now.front() : 0.0;
      for (auto& v : now) v -= start;
      for (auto& v : law) v -= start;
      f.figure.curves.push_back({spoken(names_[i]), Role::part, time_, std::move(now)});
      if (std::none_of(law.begin(), law.end(), [](double v) { return std::isfinite(v); })) continue;
      f.figure.curves.push_back({labelled ? "" : "law", Role::theory, time_, std::move(law)});
      labelled = true;
    }
    return f;
  }

  [[nodiscard]] ChargeFigure members(const std::string& name) const {
    const auto& v = *record_.find("charges_" + name);
    ChargeFigure f;
    f.variables = {v.name, "predicted_" + name};
    f.figure.title = "Charges of " + spoken(name);
    f.figure.y_label = "charge Q";
    f.figure.y_scale = Scale::linear;
    const Index n = v.size(), shown = std::min(n, most_members);
    f.figure.caption = fmt::format(
        "Each charge, {}, and what the law of the motion makes of its start (dashed), against "
        "model time.{}",
        v.long_name, shown < n ? fmt::format(" {} of the {} are drawn.", shown, n) : "");
    f.figure.gaps_are_told = true;
    const auto labels = file_.entry_names(record_, v);
    for (Index k = 0; k < shown; ++k) {
      const Index j = shown < n ? k * (n - 1) / (shown - 1) : k;
      // A legend of many takes the room of the curves.
      const bool named = shown <= 6 || k == 0 || k + 1 == shown;
      f.figure.curves.push_back({named ? labels[static_cast<std::size_t>(j)] : "", Role::part,
                                 time_, file_.column(record_, v.name, j)});
      auto law = file_.column(record_, "predicted_" + name, j);
      if (std::any_of(law.begin(), law.end(), [](double y) { return std::isfinite(y); }))
        f.figure.curves.push_back({k == 0 ? "law" : "", Role::theory, time_, std::move(law)});
    }
    return f;
  }

  [[nodiscard]] ChargeFigure against_bound(const char* title, const std::string& what,
                                           const std::string& bound, const char* y,
                                           const std::string& caption) const {
    ChargeFigure f;
    f.variables = {what, bound};
    f.figure.title = title;
    f.figure.y_label = y;
    f.figure.y_scale = Scale::log;
    f.figure.gaps_are_told = true;
    std::string verdicts;
    Column bounds;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      auto values = column(what, i);
      const auto limits = column(bound, i);
      verdicts += (verdicts.empty() ? "" : "; ") + verdict(i, what, values, limits);
      // Zero is below any logarithmic axis.
      for (auto& x : values)
        if (x == 0.0) x = std::nan("");
      f.figure.curves.push_back({spoken(names_[i]), Role::part, time_, std::move(values)});
      if (!limits.empty() && std::isfinite(limits.front()) &&
          std::find(bounds.begin(), bounds.end(), limits.front()) == bounds.end()) {
        f.figure.curves.push_back({bounds.empty() ? "bound" : "", Role::theory, time_, limits});
        bounds.push_back(limits.front());
      }
    }
    f.figure.caption = fmt::format("{} {}. The scale is the {}; the bound is {}.", caption,
                                   verdicts, after_colon(comment(what)), comment(bound));
    return f;
  }

  // "PASS scale layer1: 8.1e-11, bound 1e-05".
  [[nodiscard]] std::string verdict(std::size_t i, const std::string& what, const Column& values,
                                    const Column& limits) const {
    const double worst = largest(values);
    const auto name = spoken(names_[i]);
    if (what == "deviation") {
      const auto* v = record_.find("verdict");
      const auto codes = column("verdict", i);
      // The first that is not "pass" decides, and "fail" above all.
      double code = 1.0;
      for (const double c : codes)
        if (c == 0.0 || code == 1.0) code = c;
      if (code > 1.0 && v && static_cast<std::size_t>(code) < v->flag_meanings.size()) {
        auto why = v->flag_meanings[static_cast<std::size_t>(code)];
        std::replace(why.begin(), why.end(), '_', ' ');
        return fmt::format("{}: {}", name, why);
      }
      return fmt::format("{} {}: {:.2g}, bound {:.2g}", code == 1.0 ? "PASS" : "FAIL", name, worst,
                         limits.empty() ? 0.0 : limits.front());
    }
    const bool met = !limits.empty() && worst <= limits.front();
    return fmt::format("{} {}: {:.2g}, bound {:.2g}", met ? "PASS" : "FAIL", name, worst,
                       limits.empty() ? 0.0 : limits.front());
  }

  static std::string spoken(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
  }
  static std::string after_colon(const std::string& text) {
    const auto colon = text.find(": ");
    return colon == std::string::npos ? text : text.substr(colon + 2);
  }

  const RunFile& file_;
  const Record& record_;
  std::vector<std::string> names_;
  Column time_;
};

}  // namespace

std::vector<ChargeFigure> charge_figures(const RunFile& file, const Record& record) {
  const auto* charge = record.find("charge");
  if (!charge || charge->shape.size() != 1 || !record.find("predicted_charge") ||
      !record.find("deviation") || !record.find("verdict"))
    return {};
  return Charges(file, record, *charge).all();
}

}  // namespace thalweg::report
