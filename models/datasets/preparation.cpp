#include <thalweg/models/datasets/preparation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/core/rng.hpp>

namespace thalweg {

namespace {

// The first k of a random permutation of 0..n-1 (Fisher and Yates).
std::vector<Index> draw(Index n, Index k, Rng rng) {
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  for (Index i = 0; i < k; ++i) {
    const auto j = i + rng.below(n - i);
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
  }
  order.resize(static_cast<std::size_t>(k));
  return order;
}

struct Scale {
  Eigen::RowVectorXd shift, factor;
  std::string text;
};

Scale scale_of(const std::string& kind, const Samples& X) {
  const Index d = X.cols();
  Scale s{Eigen::RowVectorXd::Zero(d), Eigen::RowVectorXd::Ones(d), "inputs as they are"};
  const auto inverse = [](double width) { return width > 0.0 ? 1.0 / width : 1.0; };
  if (kind == "standard") {
    s.shift = X.colwise().mean();
    const auto variance = (X.rowwise() - s.shift).array().square().colwise().mean();
    s.factor = variance.sqrt().unaryExpr(inverse).matrix();
    s.text = "inputs standardised feature by feature";
  } else if (kind == "global") {
    const double mean = X.mean();
    const Samples centred = X.array() - mean;
    // Pairwise: pixels take few values, whose roundings in a plain sum all go the same way.
    const double squares = squared_norm(centred.reshaped<Eigen::RowMajor>());
    const double deviation = std::sqrt(squares / static_cast<double>(X.size()));
    s.shift.setConstant(mean);
    s.factor.setConstant(inverse(deviation));
    s.text = fmt::format("inputs minus {:.6g}, over {:.6g}", mean, deviation);
  } else if (kind == "unit") {
    const double low = X.minCoeff(), high = X.maxCoeff();
    s.shift.setConstant(low);
    s.factor.setConstant(inverse(high - low));
    s.text = fmt::format("inputs mapped from [{:.6g}, {:.6g}] to [0, 1]", low, high);
  }
  return s;
}

void apply(const Scale& s, Samples& X) {
  X = ((X.rowwise() - s.shift).array().rowwise() * s.factor.array()).matrix().eval();
}

void require_finite(const Dataset& data) {
  const auto check = [&](const Samples& table, const char* what) {
    for (Index i = 0; i < table.rows(); ++i)
      for (Index j = 0; j < table.cols(); ++j)
        if (!std::isfinite(table(i, j)))
          throw ModelError(
              fmt::format("{} {} of sample {} in data set \"{}\" is {}: every entry "
                          "must be finite, remove or replace the sample",
                          what, j, i, data.name, table(i, j)));
  };
  check(data.X, "input");
  check(data.Y, "target");
}

}  // namespace

void set_labels(Dataset& data, std::vector<int> labels, std::vector<std::string> classes) {
  data.Y = Samples::Zero(static_cast<Index>(labels.size()), static_cast<Index>(classes.size()));
  for (std::size_t i = 0; i < labels.size(); ++i) data.Y(static_cast<Index>(i), labels[i]) = 1.0;
  data.labels = std::move(labels);
  data.classes = std::move(classes);
}

Dataset select_rows(const Dataset& data, const std::vector<Index>& rows) {
  Dataset chosen{.name = data.name,
                 .X = data.X(rows, Eigen::all),
                 .Y = data.Y(rows, Eigen::all),
                 .classes = data.classes,
                 .X_test = data.X_test,
                 .Y_test = data.Y_test,
                 .labels_test = data.labels_test,
                 .image_rows = data.image_rows,
                 .image_cols = data.image_cols,
                 .description = data.description};
  if (data.classification())
    for (const Index i : rows) chosen.labels.push_back(data.labels[static_cast<std::size_t>(i)]);
  return chosen;
}

void Preparation::fields(Fields& f) {
  f("scaling", scaling, "", "scaling of the inputs",
    one_of({"standard", "global", "unit", "none"}));
  f("test_fraction", test_fraction, "1", "share of the samples held out for testing",
    in_half_open(0.0, 1.0));
  f("split_seed", split_seed, "1", "seed of the draw of the held-out samples", at_least(0));
}

Dataset Preparation::operator()(Dataset raw) const {
  require_finite(raw);
  const Index n = raw.size();
  const auto n_test = static_cast<Index>(std::lround(test_fraction * static_cast<double>(n)));
  if (n - n_test < 1)
    throw ModelError(
        fmt::format("data set \"{}\" has no training samples: {} samples, of which "
                    "test_fraction = {} takes {}; lower test_fraction",
                    raw.name, n, test_fraction, n_test));

  Dataset data = std::move(raw);
  std::string split = "all used for training";
  if (data.X_test.rows() > 0)
    split = fmt::format("all used for training, {} others held out", data.X_test.rows());
  if (n_test > 0) {
    auto test = draw(n, n_test, Rng(static_cast<std::uint64_t>(split_seed), "split"));
    std::sort(test.begin(), test.end());
    std::vector<Index> train, all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), Index{0});
    std::set_difference(all.begin(), all.end(), test.begin(), test.end(),
                        std::back_inserter(train));
    Dataset held_out = select_rows(data, test);
    data = select_rows(data, train);
    data.X_test = std::move(held_out.X);
    data.Y_test = std::move(held_out.Y);
    data.labels_test = std::move(held_out.labels);
    split = fmt::format("{} for training, {} held out with split_seed {}", n - n_test, n_test,
                        split_seed);
  }
  const Scale scale = scale_of(scaling, data.X);
  apply(scale, data.X);
  if (data.X_test.rows() > 0) apply(scale, data.X_test);
  data.description +=
      fmt::format("; {} samples, {}; scaling \"{}\": {}", n, split, scaling, scale.text);
  return data;
}

void Subset::fields(Fields& f) {
  f("samples", samples, "1", "how many samples to use, 0 for all", at_least(0));
  f("subset", subset, "", "which samples, when not all", one_of({"first", "random"}));
  f("subset_seed", subset_seed, "1", "seed of a random subset", at_least(0));
}

Dataset Subset::operator()(Dataset raw) const {
  const Index n = raw.size();
  if (samples > n)
    throw ModelError(fmt::format("samples = {} is more than the {} samples of data set \"{}\"",
                                 samples, n, raw.name));
  if (samples == 0 || samples == n) return raw;
  std::vector<Index> rows(static_cast<std::size_t>(samples));
  if (subset == "first") {
    std::iota(rows.begin(), rows.end(), Index{0});
    raw.description += fmt::format(", first {} of {} samples", samples, n);
  } else {
    rows = draw(n, samples, Rng(static_cast<std::uint64_t>(subset_seed), "subset"));
    raw.description +=
        fmt::format(", {} of {} samples drawn with subset_seed {}", samples, n, subset_seed);
  }
  return select_rows(raw, rows);
}

}  // namespace thalweg
