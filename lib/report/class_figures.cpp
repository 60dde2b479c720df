#include <thalweg/report/class_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <thalweg/report/spread_of_draws.hpp>

namespace thalweg::report {
namespace {

constexpr std::size_t most = 400;    // observations drawn
constexpr std::size_t classes = 12;  // of which each has a colour

std::vector<std::int64_t> observed_classes(const DrawsFile& file) {
  const char* const y = "/observed_data/y";
  const auto& h5 = file.file();
  if (!h5.exists(y) || h5.type(y) != h5::Type::integer) return {};
  return h5.read_integers(y);
}

bool are_probabilities(const Spread& s) {
  return std::ranges::all_of(s.mean, [](double p) { return p >= -1e-12 && p <= 1.0 + 1e-12; });
}

Figure of_each_class(const DrawsVariable& v, const Spread& s, std::size_t n, std::size_t C) {
  Figure f{.title = "Probabilities of the classes: " + v.name,
           .caption = fmt::format("{} of each observation, in the order of the data: mean of the "
                                  "draws, one colour for each class.",
                                  v.name),
           .x_label = "observation",
           .y_label = v.name};
  f.y_scale = Scale::linear;
  const std::size_t stride = (n - 1) / most + 1;
  for (std::size_t c = 0; c < C; ++c) {
    Curve curve{v.labels[1].size() == C ? v.labels[1][c] : fmt::format("class {}", c),
                Curve::Role::points};
    for (std::size_t i = 0; i < n; i += stride) {
      curve.x.push_back(static_cast<double>(i));
      curve.y.push_back(s.mean[i * C + c]);
    }
    f.curves.push_back(std::move(curve));
  }
  return f;
}

// The probability of what was observed; a class 1 of two is told by its own probability alone.
Figure of_the_observed(const DrawsVariable& v, const Spread& s, std::size_t C,
                       const std::vector<std::int64_t>& y) {
  const std::size_t n = y.size();
  Spread own;
  std::size_t right = 0;
  double log_score = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto c = static_cast<std::size_t>(y[i]);
    if (C == 1) {
      const bool one = c == 1;
      own.mean.push_back(one ? s.mean[i] : 1.0 - s.mean[i]);
      own.low.push_back(one ? s.low[i] : 1.0 - s.high[i]);
      own.high.push_back(one ? s.high[i] : 1.0 - s.low[i]);
      right += own.mean.back() > 0.5 ? 1 : 0;
    } else {
      const auto* row = s.mean.data() + i * C;
      own.mean.push_back(row[c]);
      own.low.push_back(s.low[i * C + c]);
      own.high.push_back(s.high[i * C + c]);
      right += std::max_element(row, row + C) == row + c ? 1 : 0;
    }
    log_score += std::log(own.mean.back()) / static_cast<double>(n);
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return own.mean[i]; });
  Figure f{
      .title = "Probability of the observed class: " + v.name,
      .caption = fmt::format("Posterior predictive probability of what was observed, sorted: mean "
                             "of the draws and their 5 and 95 % quantiles. The observed class is "
                             "the most probable one in {} of {} observations; mean ln p is {:.3f}.",
                             right, n, log_score),
      .x_label = "share of observations with a smaller one",
      .y_label = "probability of the observed class"};
  f.y_scale = Scale::linear;
  f.lines_only = true;
  const std::size_t stride = (n - 1) / most + 1;
  const auto add = [&](const char* label, Curve::Role role, const std::vector<double>& values) {
    Curve c{label, role};
    for (std::size_t k = 0; k < n; ++k)
      if (k % stride == 0 || k + 1 == n) {
        c.x.push_back((static_cast<double>(k) + 0.5) / static_cast<double>(n));
        c.y.push_back(values[order[k]]);
      }
    f.curves.push_back(std::move(c));
  };
  add("5 to 95 %", Curve::Role::band, own.low);
  add("", Curve::Role::band, own.high);
  add("mean", Curve::Role::run, own.mean);
  return f;
}

}  // namespace

std::vector<Figure> class_figures(const DrawsFile& file) {
  std::vector<Figure> all;
  const auto y = observed_classes(file);
  if (y.size() < 2) return all;
  const auto [low, high] = std::ranges::minmax(y);
  for (const auto& v : file.variables("posterior_predictive")) {
    const bool pair = v.shape.size() == 1;
    if (v.shape.empty() || v.shape.size() > 2 || v.shape[0] != static_cast<Index>(y.size()))
      continue;
    const auto C = pair ? std::size_t{1} : static_cast<std::size_t>(v.shape[1]);
    const auto last = pair ? std::int64_t{1} : static_cast<std::int64_t>(C) - 1;
    if (low < 0 || high > last || C > classes) continue;
    const auto spread = spread_of(file, v);
    if (!are_probabilities(spread)) continue;
    if (!pair) all.push_back(of_each_class(v, spread, y.size(), C));
    all.push_back(of_the_observed(v, spread, C, y));
  }
  return all;
}

}  // namespace thalweg::report
