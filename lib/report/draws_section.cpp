#include <thalweg/report/draws_section.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/diagnose/verdicts.hpp>
#include <thalweg/report/draw.hpp>
#include <thalweg/report/draws_figures.hpp>
#include <thalweg/report/html.hpp>

namespace thalweg::report {
namespace {

constexpr std::size_t most_rows = 40;  // of the table
constexpr Index most_entries = 2000;   // of one variable, diagnosed for a picture
constexpr std::size_t worst_of_array = 3;

std::string number(double v, const char* format) {
  return std::isnan(v) ? "" : fmt::format(fmt::runtime(format), v);
}

/// All entries of small variables, the worst of large ones.
std::vector<EntryDiagnosis> chosen(const VariableDiagnosis& v) {
  auto entries = v.kept;
  if (entries.size() <= 10) return entries;
  std::ranges::stable_sort(entries, std::greater{}, [](const EntryDiagnosis& e) {
    return std::isnan(e.summary.rhat) ? -1.0 : e.summary.rhat;
  });
  entries.resize(worst_of_array);
  return entries;
}

std::string table(const Diagnosis& d) {
  HtmlTable t{.head = {"", "mean", "sd", "MCSE", "5 %", "95 %", "ESS bulk", "ESS tail", "R-hat"},
              .numeric = {1, 2, 3, 4, 5, 6, 7, 8}};
  std::size_t left_out = 0;
  const auto add = [&](const VariableDiagnosis& v, const std::string& prefix) {
    const auto entries = chosen(v);
    for (const auto& e : entries) {
      if (t.rows.size() >= most_rows) {
        ++left_out;
        continue;
      }
      const auto& s = e.summary;
      std::string name = prefix + e.name;
      if (entries.size() < v.kept.size() && &e == &entries.front())
        name += fmt::format(" (the worst of {})", v.entries);
      t.rows.push_back({name, number(s.mean, "{:.4g}"), number(s.sd, "{:.3g}"),
                        number(s.mcse_mean, "{:.2g}"), number(s.q5, "{:.4g}"),
                        number(s.q95, "{:.4g}"), number(s.ess_bulk, "{:.0f}"),
                        number(s.ess_tail, "{:.0f}"), number(s.rhat, "{:.3f}")});
    }
  };
  for (const auto& v : d.functions) add(v, v.group == "sample_stats" ? "" : v.group + ".");
  for (const auto& v : d.parameters) add(v, "");
  std::string note;
  if (left_out > 0) note = fmt::format("{} more rows are left out. ", left_out);
  return html(t) + "<p class=\"sub\">" +
         escaped(note +
                 "Functions first, then parameters; of large arrays the entries with the "
                 "largest R-hat. thalweg diagnose --all prints every entry.") +
         "</p>\n";
}

std::string verdict_list(const Judgement& judgement) {
  std::string out = "<ul>\n";
  for (const auto& v : judgement.verdicts)
    out += fmt::format("<li>{}{}</li>\n",
                       v.state == Verdict::State::met      ? "&#10003; "
                       : v.state == Verdict::State::failed ? "<strong>&#10007;</strong> "
                                                           : "? ",
                       escaped(v.sentence));
  for (const auto& h : judgement.hints) out += "<li>Hint: " + escaped(h) + "</li>\n";
  return out + "</ul>\n";
}

}  // namespace

bool has_draws(const RunFile& file) {
  return std::ranges::any_of(DrawsFile::groups(), [&](const std::string& group) {
    return group != "sample_stats" && file.file().is_group("/" + group);
  });
}

std::string draws_section(const RunFile& file, int& number, std::vector<std::string>& found) {
  if (!has_draws(file)) return {};
  try {
    const DrawsFile draws(file.path());
    DiagnoseOptions options;
    options.keep_all = true;
    options.most_entries = most_entries;
    const auto diagnosis = diagnose(draws, options);
    const auto judgement = judge(diagnosis, Judged::all);
    for (const auto& v : judgement.verdicts)
      if (v.state == Verdict::State::failed) found.push_back("Draws: " + v.sentence + ".");
    std::string out =
        fmt::format(
            "<h2>Draws</h2>\n<p class=\"sub\">{}</p>\n",
            escaped(fmt::format("{} chains of {} draws.", diagnosis.chains, diagnosis.draws))) +
        verdict_list(judgement) + table(diagnosis) + "<div class=\"figures\">\n";
    for (auto& figure : draws_figures(draws, diagnosis)) {
      const auto picture = draw(figure, fmt::format("figure{}", ++number));
      out += fmt::format("<figure>\n<h3>{}</h3>\n{}\n<figcaption>{}</figcaption>\n</figure>\n",
                         escaped(figure.title), picture, escaped(figure.caption));
    }
    return out + "</div>\n";
  } catch (const IoError& e) {
    found.push_back(fmt::format("The draws cannot be shown: {}.", e.what()));
    return {};
  }
}

std::vector<std::pair<std::string, std::string>> draws_contents(const RunFile& file) {
  std::vector<std::pair<std::string, std::string>> all;
  if (!has_draws(file)) return all;
  try {
    const DrawsFile draws(file.path());
    for (const auto& group : DrawsFile::groups()) {
      const auto& variables = draws.variables(group);
      if (variables.empty()) continue;
      std::string names;
      for (const auto& v : variables) {
        names += (names.empty() ? "" : ", ") + v.name;
        if (!v.shape.empty()) names += fmt::format(" ({})", fmt::join(v.shape, " x "));
      }
      all.emplace_back(group, fmt::format("{} chains of {} draws: {}", draws.chains(),
                                          variables.front().draws, names));
    }
  } catch (const IoError& e) {
    all.emplace_back("draws", e.what());
  }
  return all;
}

}  // namespace thalweg::report
