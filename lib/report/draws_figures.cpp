#include <thalweg/report/draws_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <thalweg/report/class_figures.hpp>
#include <thalweg/report/predictive_figure.hpp>
#include <thalweg/statistics/effective_sample_size.hpp>

namespace thalweg::report {
namespace {

constexpr Index most_points = 1500;     // of a cloud
constexpr Index most_smoothed = 20000;  // draws of a density
constexpr std::size_t most_densities = 4;
constexpr double least_excess = 1e-4;   // of R-hat over 1, as far as draws tell it
constexpr std::size_t most_dots = 600;  // of a sorted row of R-hats

/// One number per draw, and what it is.
struct Column {
  std::string name;
  Mat draws;  ///< (draws, chains)
};

std::string chain_label(Index chain, Index chains) {
  // A legend of many takes the room of the curves: the colours tell the order.
  return chains <= 8 || chain == 0 || chain + 1 == chains ? fmt::format("chain {}", chain) : "";
}

/// Gaussian kernels of Silverman's width, 0.9 min(sd, iqr / 1.34) n^(-1/5).
Curve density(const std::string& label, const Vec& all, Curve::Role role) {
  const Index stride = std::max<Index>(1, all.size() / most_smoothed);
  std::vector<double> x;
  for (Index i = 0; i < all.size(); i += stride) x.push_back(all[i]);
  SortedDraws sorted;
  sorted.sort(x);
  const Eigen::Map<const Vec> v(x.data(), static_cast<Index>(x.size()));
  const double sd = std::sqrt((v.array() - v.mean()).square().mean());
  const double quartiles = (sorted.quantile(0.75) - sorted.quantile(0.25)) / 1.34;
  const double spread = quartiles > 0.0 ? std::min(sd, quartiles) : sd;
  Curve curve{label, role};
  if (!(spread > 0.0)) return curve;
  const double width = 0.9 * spread * std::pow(static_cast<double>(x.size()), -0.2);
  // The outermost thousandths would make a heavy tail the whole picture.
  const double low = std::max(sorted.value(0), sorted.quantile(0.001) - spread) - 2.0 * width;
  const double high =
      std::min(sorted.value(sorted.size() - 1), sorted.quantile(0.999) + spread) + 2.0 * width;
  const double scale =
      1.0 / (std::sqrt(2.0 * std::numbers::pi) * width * static_cast<double>(x.size()));
  constexpr int points = 200;
  for (int i = 0; i <= points; ++i) {
    const double at = low + (high - low) * i / points;
    curve.x.push_back(at);
    curve.y.push_back(scale * (-0.5 * ((v.array() - at) / width).square()).exp().sum());
  }
  return curve;
}

Figure trace(const Column& c) {
  Figure f{
      .title = "Trace of " + c.name,
      .caption = fmt::format("Each draw's {}, by chain: chains that agree look alike and forget "
                             "where they were.",
                             c.name),
      .x_label = "draw",
      .y_label = c.name};
  f.y_scale = Scale::linear;
  for (Index k = 0; k < c.draws.cols(); ++k) {
    Curve curve{chain_label(k, c.draws.cols()), Curve::Role::part};
    for (Index i = 0; i < c.draws.rows(); ++i) {
      curve.x.push_back(static_cast<double>(i));
      curve.y.push_back(c.draws(i, k));
    }
    f.curves.push_back(std::move(curve));
  }
  return f;
}

Figure ranks(const Column& c) {
  const Index n = c.draws.rows(), chains = c.draws.cols();
  const Index bins = std::clamp<Index>(n / 25, 4, 20);
  SortedDraws sorted;
  sorted.sort({c.draws.data(), static_cast<std::size_t>(c.draws.size())});
  Mat rank(n, chains);
  sorted.ranks({rank.data(), static_cast<std::size_t>(rank.size())});
  const double expected = static_cast<double>(n) / static_cast<double>(bins);
  Figure f{
      .title = "Ranks of " + c.name,
      .caption = fmt::format("Among the draws of all chains, how many of a chain's have a rank in "
                             "each of {} parts, over the number expected of chains that agree. "
                             "Independent draws scatter by {:.2g} around 1.",
                             bins, 1.0 / std::sqrt(expected)),
      .x_label = "rank / number of draws",
      .y_label = "draws / expected"};
  f.y_scale = Scale::linear;
  f.lines_only = true;
  for (Index k = 0; k < chains; ++k) {
    Vec counts = Vec::Zero(bins);
    for (Index i = 0; i < n; ++i) {
      const double share = (rank(i, k) - 0.5) / static_cast<double>(rank.size());
      counts[std::min(bins - 1, static_cast<Index>(share * static_cast<double>(bins)))] += 1.0;
    }
    Curve curve{chain_label(k, chains), Curve::Role::part};
    for (Index b = 0; b < bins; ++b)
      for (const Index edge : {b, b + 1}) {
        curve.x.push_back(static_cast<double>(edge) / static_cast<double>(bins));
        curve.y.push_back(counts[b] / expected);
      }
    f.curves.push_back(std::move(curve));
  }
  f.curves.push_back({"expected", Curve::Role::theory, {0.0, 1.0}, {1.0, 1.0}});
  return f;
}

Figure density_by_chain(const Column& c) {
  Figure f{.title = "Density of " + c.name,
           .caption = fmt::format("Density of {}, smoothed, by chain.", c.name),
           .x_label = c.name,
           .y_label = "density"};
  f.y_scale = Scale::linear;
  for (Index k = 0; k < c.draws.cols(); ++k)
    f.curves.push_back(density(chain_label(k, c.draws.cols()), c.draws.col(k), Curve::Role::part));
  return f;
}

/// The sum of the log likelihood of all observations, else the log density.
std::optional<Column> function_column(const DrawsFile& file) {
  const auto& likelihood = file.variables("log_likelihood");
  if (!likelihood.empty()) {
    const auto& v = likelihood.front();
    Column c{"log likelihood", Mat::Zero(v.draws, v.chains)};
    Mat one;
    file.for_blocks(v, 64U << 20, [&](const DrawsBlock& block) {
      for (Index k = 0; k < block.count; ++k) {
        block.column(k, one);
        c.draws += one;
      }
    });
    return c;
  }
  if (const auto* lp = file.find("sample_stats", "lp"))
    return Column{"log density", file.column(*lp)};
  return std::nullopt;
}

/// The parameter that mixes worst, then those that are one number, then the first of arrays.
std::vector<Column> parameter_columns(const DrawsFile& file, const Diagnosis& d) {
  struct Candidate {
    const VariableDiagnosis* variable;
    const EntryDiagnosis* entry;
  };
  std::vector<Candidate> all;
  for (const bool scalars : {true, false})
    for (const auto& v : d.parameters)
      for (const auto& e : v.kept)
        if (v.shape.empty() == scalars && !e.summary.constant && e.summary.non_finite == 0)
          all.push_back({&v, &e});
  const EntryDiagnosis* worst = nullptr;
  for (const auto& c : all)
    if (!worst || c.entry->summary.rhat > worst->summary.rhat || std::isnan(worst->summary.rhat))
      worst = c.entry;
  std::ranges::stable_partition(all, [&](const Candidate& c) { return c.entry == worst; });
  std::vector<Column> columns;
  for (const auto& c : all) {
    if (columns.size() == most_densities) break;
    columns.push_back(
        {c.entry->name, file.column(*file.find("posterior", c.variable->name), c.entry->entry)});
  }
  return columns;
}

std::optional<Figure> energies(const DrawsFile& file) {
  const auto* v = file.find("sample_stats", "energy");
  if (!v || v->draws < 4) return std::nullopt;
  const Mat e = file.column(*v);
  if (!e.allFinite()) return std::nullopt;
  const Mat change = e.bottomRows(e.rows() - 1) - e.topRows(e.rows() - 1);
  Figure f{.title = "Energies of the chains",
           .caption =
               "Densities, smoothed, of the energy about its mean and of its change from draw "
               "to draw, all chains together. Where the second is much narrower, momenta carry "
               "the chain through the energies too slowly (E-BFMI).",
           .x_label = "energy - mean, change of energy",
           .y_label = "density"};
  f.y_scale = Scale::linear;
  const auto flat = [](const Mat& m) { return Vec(m.reshaped()); };
  f.curves.push_back(density("energy", flat((e.array() - e.mean()).matrix()), Curve::Role::run));
  f.curves.push_back(density("change", flat(change), Curve::Role::companion));
  return f;
}

Curve sorted_rhats(const std::string& label, const std::vector<VariableDiagnosis>& variables) {
  std::vector<double> all;
  for (const auto& v : variables)
    for (const auto& e : v.kept)
      if (std::isfinite(e.summary.rhat)) all.push_back(e.summary.rhat);
  std::ranges::sort(all);
  Curve c{label, Curve::Role::points};
  const std::size_t stride = all.size() / most_dots + 1;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i % stride == 0 || i + 1 == all.size()) {
      c.x.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(all.size()));
      c.y.push_back(std::max(all[i] - 1.0, least_excess));
    }
  return c;
}

std::optional<Figure> rhats(const Diagnosis& d) {
  Figure f{.title = "R-hat, functions beside parameters",
           .caption =
               "R-hat of every function (log likelihood of each observation, predictions, log "
               "density) and of every parameter, each sorted; what is below 1.0001 is drawn there. "
               "In a network the parameters may "
               "disagree between chains, by signs and order of hidden units, where the "
               "functions agree.",
           .x_label = "share of entries with a smaller R-hat",
           .y_label = "R-hat - 1"};
  f.y_scale = Scale::log;
  f.lines_only = true;
  for (auto& c : {sorted_rhats("functions", d.functions), sorted_rhats("parameters", d.parameters)})
    if (!c.x.empty()) f.curves.push_back(c);
  if (f.curves.empty()) return std::nullopt;
  f.curves.push_back(
      {"limit", Curve::Role::theory, {0.0, 1.0}, {limits::rhat - 1.0, limits::rhat - 1.0}});
  return f;
}

/// Where a coordinate of the posterior stands in the flat state of the sampler, when it is one of
/// its blocks.
std::optional<Index> place_in_state(const h5::File& file, const DivergentCoordinate& c) {
  if (!file.exists("/layout/name") || !file.exists("/layout/offset")) return std::nullopt;
  const auto names = file.read_texts("/layout/name");
  const auto offsets = file.read_integers("/layout/offset");
  for (std::size_t i = 0; i < std::min(names.size(), offsets.size()); ++i)
    if (names[i] == c.variable) return static_cast<Index>(offsets[i]) + c.entry;
  return std::nullopt;
}

/// The points where trajectories diverged, which the group /divergences of a run keeps.
std::optional<Curve> divergence_positions(const h5::File& file, const DivergentCoordinate& x,
                                          const DivergentCoordinate& y) {
  const char* const dataset = "/divergences/position";
  const auto at_x = place_in_state(file, x), at_y = place_in_state(file, y);
  if (!file.exists(dataset) || !at_x || !at_y) return std::nullopt;
  const auto shape = file.shape(dataset);
  if (shape.size() != 2 || shape[0] == 0 || std::max(*at_x, *at_y) >= shape[1]) return std::nullopt;
  Curve c{"the trajectories' ends", Curve::Role::points};
  const Index stride = shape[0] / most_points + 1;
  std::vector<double> row(static_cast<std::size_t>(shape[1]));
  for (Index i = 0; i < shape[0]; i += stride) {
    file.read_rows(dataset, i, 1, row.data());
    c.x.push_back(row[static_cast<std::size_t>(*at_x)]);
    c.y.push_back(row[static_cast<std::size_t>(*at_y)]);
  }
  return c;
}

/// Draws of one that are a monotone function of the other's would be a line, not a picture.
bool is_function_of(const Mat& y, const Mat& x) {
  Mat rank_x(x.rows(), x.cols()), rank_y = rank_x;
  SortedDraws sorted;
  sorted.sort({x.data(), static_cast<std::size_t>(x.size())});
  sorted.ranks({rank_x.data(), static_cast<std::size_t>(rank_x.size())});
  sorted.sort({y.data(), static_cast<std::size_t>(y.size())});
  sorted.ranks({rank_y.data(), static_cast<std::size_t>(rank_y.size())});
  const Mat dx = rank_x.array() - rank_x.mean(), dy = rank_y.array() - rank_y.mean();
  return std::abs(dx.cwiseProduct(dy).sum()) > 0.999 * dx.norm() * dy.norm();
}

/// The two coordinates of the picture: those where divergences stand apart most, of the state where
/// it can be, and the first of the posterior when all of them say the same.
std::vector<DivergentCoordinate> divergent_pair(const DrawsFile& file, const Diagnosis& d) {
  std::vector<DivergentCoordinate> all = d.divergent;
  for (const auto& v : file.variables("posterior"))
    all.push_back({.name = v.entry_name(0), .variable = v.name});
  std::ranges::stable_partition(
      all, [&](const auto& c) { return place_in_state(file.file(), c).has_value(); });
  std::vector<DivergentCoordinate> pair;
  Mat first;
  for (const auto& c : all) {
    const auto* v = file.find("posterior", c.variable);
    if (!v) continue;
    const Mat draws = file.column(*v, c.entry);
    if (!draws.allFinite() || is_constant(draws)) continue;
    if (!pair.empty() && is_function_of(draws, first)) continue;
    pair.push_back(c);
    if (pair.size() == 2) break;
    first = draws;
  }
  return pair;
}

std::optional<Figure> divergences(const DrawsFile& file, const Diagnosis& d) {
  if (d.divergent.empty()) return std::nullopt;
  const auto pair = divergent_pair(file, d);
  if (pair.size() < 2) return std::nullopt;
  const auto read = [&](const DivergentCoordinate& c) {
    return file.column(*file.find("posterior", c.variable), c.entry);
  };
  const Mat x = read(pair[0]), y = read(pair[1]);
  const Mat diverging = file.column(*file.find("sample_stats", "diverging"));
  Figure f{
      .title = "Where trajectories diverged",
      .caption = fmt::format("Draws of transitions that diverged, {} of {}, on two coordinates in "
                             "which they differ from the others.",
                             d.divergences, diverging.size()),
      .x_label = pair[0].name,
      .y_label = pair[1].name};
  f.y_scale = Scale::linear;
  for (const bool divergent : {false, true}) {
    Curve c{divergent ? "diverged" : "others", Curve::Role::points};
    const Index n = divergent ? d.divergences : diverging.size() - d.divergences;
    const Index stride = n / most_points + 1;
    Index k = 0;
    for (Index i = 0; i < diverging.size(); ++i)
      if ((diverging.data()[i] != 0.0) == divergent && k++ % stride == 0) {
        c.x.push_back(x.data()[i]);
        c.y.push_back(y.data()[i]);
      }
    f.curves.push_back(std::move(c));
  }
  if (auto ends = divergence_positions(file.file(), pair[0], pair[1])) {
    f.curves.push_back(std::move(*ends));
    f.caption +=
        " The trajectories' ends are the points where the energy error passed its bound, from the "
        "group /divergences.";
  }
  return f;
}

}  // namespace

std::vector<Figure> draws_figures(const DrawsFile& file, const Diagnosis& d) {
  std::vector<Figure> all = predictive_figures(file);
  for (auto& f : class_figures(file)) all.push_back(std::move(f));
  const auto columns = parameter_columns(file, d);
  for (const auto& c : columns) all.push_back(density_by_chain(c));
  if (const auto function = function_column(file); function && function->draws.allFinite()) {
    all.push_back(trace(*function));
    all.push_back(ranks(*function));
  }
  if (!columns.empty()) {
    all.push_back(trace(columns.front()));
    all.push_back(ranks(columns.front()));
  }
  for (auto& f : {rhats(d), energies(file), divergences(file, d)})
    if (f) all.push_back(*f);
  return all;
}

}  // namespace thalweg::report
