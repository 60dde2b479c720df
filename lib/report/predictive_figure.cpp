#include <thalweg/report/predictive_figure.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thalweg/report/spread_of_draws.hpp>

namespace thalweg::report {
namespace {

constexpr std::size_t most = 400;  // inputs drawn

bool is_count(const std::vector<double>& x) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i] != static_cast<double>(i)) return false;
  return true;
}

std::vector<double> numbers(const h5::File& file, const std::string& dataset) {
  const auto type = file.exists(dataset) ? file.type(dataset) : h5::Type::text;
  return type == h5::Type::text || file.is_bare_dimension(dataset) ? std::vector<double>()
                                                                   : file.read(dataset);
}

/// The only input of each observation, from observed_data or constant_data.
std::vector<double> observed_input(const h5::File& file, std::size_t observations) {
  for (const char* name : {"/observed_data/x", "/constant_data/x"})
    if (auto x = numbers(file, name); x.size() == observations) return x;
  return {};
}

}  // namespace

std::vector<Figure> predictive_figures(const DrawsFile& file) {
  const auto& h5 = file.file();
  std::vector<Figure> all;
  for (const auto& v : file.variables("posterior_predictive")) {
    if (v.shape.size() != 1 || !v.labels.front().empty() || v.axes.front().empty()) continue;
    const auto n = static_cast<std::size_t>(v.size());
    auto x = numbers(h5, "/" + v.group + "/" + v.axes.front());
    std::string x_label = v.axes.front();
    if (x.size() != n || is_count(x)) {
      x = observed_input(h5, n);
      x_label = "x";
    }
    if (x.size() != n || n < 2) continue;

    const auto bands = spread_of(file, v);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return x[i]; });
    Figure f{
        .title = "Predictions: " + v.name,
        .caption = fmt::format("{} at each {}: mean of the draws and their 5 and 95 % quantiles.",
                               v.name, x_label),
        .x_label = x_label,
        .y_label = v.name};
    f.y_scale = Scale::linear;
    const auto y = numbers(h5, "/observed_data/y");
    const auto at = observed_input(h5, y.size());
    if (!y.empty() && at.size() == y.size()) {
      f.curves.push_back({"data", Curve::Role::points, at, y});
      f.caption += " Points: the observed data.";
    }
    const auto add = [&](const char* label, Curve::Role role, const std::vector<double>& values) {
      Curve c{label, role};
      const std::size_t stride = (n - 1) / most + 1;
      for (std::size_t k = 0; k < n; ++k)
        if (k % stride == 0 || k + 1 == n) {
          c.x.push_back(x[order[k]]);
          c.y.push_back(values[order[k]]);
        }
      f.curves.push_back(std::move(c));
    };
    add("5 to 95 %", Curve::Role::band, bands.low);
    add("", Curve::Role::band, bands.high);
    add("mean", Curve::Role::run, bands.mean);
    all.push_back(std::move(f));
  }
  return all;
}

}  // namespace thalweg::report
