#include <thalweg/report/evidence_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace thalweg::report {

namespace {

using Role = Curve::Role;

double number(const RunFile& file, const std::string& dataset) {
  return file.file().read(dataset).at(0);
}

Figure ladder(const RunFile& file) {
  Figure f{.title = "From prior to posterior",
           .caption =
               "b times the mean of ln p(D|q) over prior x likelihood^b, against b; dashed: "
               "two standard errors. ln Z is the integral of the mean over b in [0, 1], the "
               "area under this curve over ln b.",
           .x_label = "inverse temperature b of the likelihood",
           .y_label = "b x mean of ln p(D|q) [nats]",
           .x_scale = Scale::log,
           .y_scale = Scale::linear};
  const auto b = file.file().read("/ladder/inverse_temperature");
  const auto mean = file.file().read("/ladder/mean_log_likelihood");
  const auto error = file.file().read("/ladder/mean_log_likelihood_error");
  Curve middle{"", Role::run, {}, {}}, low{"", Role::band, {}, {}}, high = low;
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (!std::isfinite(mean[i]) || !(b[i] > 0.0)) continue;
    for (auto* c : {&middle, &low, &high}) c->x.push_back(b[i]);
    middle.y.push_back(b[i] * mean[i]);
    low.y.push_back(b[i] * (mean[i] - 2.0 * error[i]));
    high.y.push_back(b[i] * (mean[i] + 2.0 * error[i]));
  }
  f.curves = {std::move(middle), std::move(low), std::move(high)};
  return f;
}

// What of the particles did at most so much work: the two cross at ln Z (Crooks).
Figure works(const RunFile& file) {
  Figure f{.title = "Work of annealing",
           .caption =
               "Share of the particles whose -W is below a value, on the way from prior to "
               "posterior and back. The mean forward is below ln Z, in reverse above it; "
               "the closer the two curves, the less was dissipated.",
           .x_label = "-W [nats]",
           .y_label = "share of the particles",
           .y_scale = Scale::linear,
           .lines_only = true};
  for (const auto& [name, label] : {std::pair{"forward", "forward"}, {"reverse", "in reverse"}}) {
    auto w = file.file().read(std::string("/annealing/minus_work_") + name);
    std::erase_if(w, [](double x) { return !std::isfinite(x); });
    std::sort(w.begin(), w.end());
    Curve c{label, Role::part, w, {}};
    for (std::size_t i = 0; i < w.size(); ++i)
      c.y.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(w.size()));
    if (!w.empty()) f.curves.push_back(std::move(c));
  }
  return f;
}

// A horizontal bar for each route, one below the other.
Figure routes(const std::vector<EvidenceNumber>& numbers) {
  Figure f{.title = "ln Z by every route",
           .caption =
               "Estimates and bounds of ln Z with two standard errors to each side, from "
               "the first in the legend at the top to the last at the bottom.",
           .x_label = "ln Z [nats]",
           .y_label = "route",
           .y_scale = Scale::linear};
  double y = 0.0, low = 1e300, high = -1e300;
  for (const auto& n : numbers)
    if (n.error) {
      low = std::min(low, n.value - 2.0 * *n.error);
      high = std::max(high, n.value + 2.0 * *n.error);
    }
  for (const auto& n : numbers) {
    if (!is_log_evidence(n) || !std::isfinite(n.value)) continue;
    if (!n.error && low < high && (n.value < 2.0 * low - high || n.value > 2.0 * high - low)) {
      f.caption += fmt::format(" Out of the picture: {}, {:.4f}.", n.long_name, n.value);
      continue;
    }
    const double half = 2.0 * n.error.value_or(0.0);
    f.curves.push_back(
        {n.long_name, Role::part, {n.value - half, n.value, n.value + half}, {y, y, y}});
    y -= 1.0;
  }
  return f;
}

}  // namespace

bool is_log_evidence(const EvidenceNumber& n) {
  return !n.name.ends_with("_effective") && n.name != "thermodynamic_width";
}

std::vector<EvidenceNumber> evidence_numbers(const RunFile& file) {
  std::vector<EvidenceNumber> all;
  const std::string group = "/evidence/";
  for (const char* name :
       {"laplace", "thermodynamic_lower", "thermodynamic", "thermodynamic_upper",
        "thermodynamic_width", "annealing_lower", "annealing_forward", "annealing_reverse",
        "annealing_upper", "annealing_forward_effective", "annealing_reverse_effective"}) {
    if (!file.file().exists(group + name)) continue;
    EvidenceNumber n{.name = name, .long_name = name, .value = number(file, group + name)};
    if (const auto text = file.file().attribute(group + name, "long_name"))
      n.long_name = to_text(*text);
    const auto error = group + name + "_error";
    if (file.file().exists(error)) n.error = number(file, error);
    all.push_back(std::move(n));
  }
  return all;
}

std::vector<Figure> evidence_figures(const RunFile& file) {
  std::vector<Figure> all;
  if (!file.file().is_group("/ladder")) return all;
  all.push_back(ladder(file));
  if (file.file().is_group("/annealing"))
    if (auto f = works(file); !f.curves.empty()) all.push_back(std::move(f));
  if (auto f = routes(evidence_numbers(file)); !f.curves.empty()) all.push_back(std::move(f));
  std::erase_if(all, [](const Figure& f) { return f.curves.front().x.empty(); });
  return all;
}

}  // namespace thalweg::report
