#include <thalweg/models/depth/depth_network.hpp>
#include <thalweg/models/depth/depth_network_work.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/networks/initialisation.hpp>
#include <utility>

namespace thalweg {

namespace {

// Output times of the windows of a series, the first at 0.
std::vector<double> window_times(const Dataset& data, Index window) {
  const Index n = data.size();
  if (data.X.cols() != 1)
    throw ModelError(fmt::format(
        "task = \"series\" needs the time as the only input, but data set \"{}\" has {} inputs; "
        "use \"end\"",
        data.name, data.X.cols()));
  if (data.classification())
    throw ModelError(fmt::format(
        "task = \"series\" needs states as targets, but data set \"{}\" has classes; use \"end\"",
        data.name));
  if (window < 2 || window > n)
    throw ModelError(
        fmt::format("window = {} must be between 2 and the {} times of the series", window, n));
  const double spacing = (data.X(n - 1, 0) - data.X(0, 0)) / static_cast<double>(n - 1);
  for (Index i = 0; i + 1 < n; ++i)
    if (!(std::abs(data.X(i + 1, 0) - data.X(i, 0) - spacing) <= 1e-6 * spacing))
      throw ModelError(fmt::format(
          "times {} and {} of the series are {:.6g} apart, must ascend evenly by {:.6g}, "
          "so that every window has the same depths",
          i, i + 1, data.X(i + 1, 0) - data.X(i, 0), spacing));
  std::vector<double> times(static_cast<std::size_t>(window));
  for (std::size_t m = 0; m < times.size(); ++m) times[m] = spacing * static_cast<double>(m);
  return times;
}

}  // namespace

DepthNetwork::DepthNetwork(std::shared_ptr<const Dataset> data, Options options)
    : data_(std::move(data)), options_(std::move(options)), loss_(options_.loss, *data_) {
  const bool series = options_.series;
  if (series) {
    const Index window = options_.window == 0 ? data_->size() : options_.window;
    depths_ = window_times(*data_, window);
    samples_ = data_->size() - window + 1;
  } else {
    depths_ = {options_.depth};
    samples_ = data_->size();
  }
  const Index inputs = series ? data_->Y.cols() : data_->X.cols();
  field_ = options_.field(inputs + options_.augment);
  n_theta_ = field_->n_parameters();
  const bool linear = options_.readout == "linear" || (options_.readout == "auto" && !series);
  if (linear) n_readout_ = loss_.outputs() * (field_->width() + 1);
  if (!linear && field_->width() < loss_.outputs())
    throw ModelError(
        fmt::format("readout = \"none\" takes the {} outputs from the state, which has {} entries; "
                    "raise augment "
                    "or use readout = \"linear\"",
                    loss_.outputs(), field_->width()));
  block_ = std::min(block, std::max(samples_, data_->X_test.rows()));
  all_rows_.resize(static_cast<std::size_t>(samples_));
  std::iota(all_rows_.begin(), all_rows_.end(), Index{0});
  // What cannot be solved like that says so now.
  const Lease tried = lease();
  recovers_states_ = tried.work->flow->recovers_states();
  freezes_steps_ = tried.work->flow->freezes_steps();
  tolerance_ = tried.work->flow->tolerance();
}

DepthNetwork::~DepthNetwork() = default;

Index DepthNetwork::chunks_of(std::size_t n) const {
  return (static_cast<Index>(n) + block_ - 1) / block_;
}

std::span<const Index> DepthNetwork::chunk_of(std::span<const Index> rows, Index c) const {
  const auto first = static_cast<std::size_t>(c * block_);
  return rows.subspan(first, std::min(static_cast<std::size_t>(block_), rows.size() - first));
}

DepthNetwork::Lease DepthNetwork::lease() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto work = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(work)};
    }
  }
  auto work = std::make_unique<Work>();
  work->flow = options_.adjoint(field_, block_, 0.0, depths_);
  work->g.resize(dim());
  return {*this, std::move(work)};
}

Layout DepthNetwork::layout() const {
  Layout blocks = field_->layout();
  if (!has_readout()) return blocks;
  const Index C = loss_.outputs(), d = field_->width();
  blocks.push_back({"readout_W", n_theta_, {C, d}, "1", "readout"});
  blocks.push_back({"readout_b", n_theta_ + C * d, {C}, "1", "readout"});
  return blocks;
}

Vec DepthNetwork::initial_state(Rng& rng) const {
  Vec q(dim());
  q.head(n_theta_) = field_->initial_parameters(rng);
  if (has_readout())
    Initialisation{}({field_->width(), loss_.outputs()}, true, rng, q.tail(n_readout_));
  return q;
}

double DepthNetwork::factor(Index used) const {
  return options_.factors.factor(samples_) /
         (static_cast<double>(used) * static_cast<double>(outputs()));
}

void DepthNetwork::start(Work& w, std::span<const Index> rows, bool held_out) const {
  const auto n = static_cast<Index>(rows.size());
  const Samples& from = options_.series ? data_->Y : held_out ? data_->X_test : data_->X;
  w.A0.setZero(field_->width(), n);
  for (Index j = 0; j < n; ++j)
    w.A0.col(j).head(from.cols()) = from.row(rows[static_cast<std::size_t>(j)]).transpose();
  const Index columns = n * outputs();
  for (Mat* m : {&w.X, &w.X_bar}) m->resize(field_->width(), columns);
  for (Mat* m : {&w.F, &w.F_bar}) m->resize(loss_.outputs(), columns);
  w.bar.resize(field_->width(), n);
  w.rows.resize(rows.size());
}

// F and F_bar from X; returns the loss.
double DepthNetwork::losses(Work& w, In q, std::span<const Index> rows, bool held_out,
                            double weight) const {
  const Index C = loss_.outputs(), d = field_->width(), n = w.A0.cols();
  if (has_readout()) {
    const Eigen::Map<const Samples> R(q.data() + n_theta_, C, d);
    w.F.noalias() = R * w.X;
    w.F.colwise() += q.tail(C);
  } else {
    w.F = w.X.topRows(C);
  }
  double total = 0.0;
  for (Index m = 0; m < outputs(); ++m) {
    for (std::size_t j = 0; j < rows.size(); ++j) w.rows[j] = rows[j] + m;
    total += loss_(w.F.middleCols(m * n, n), w.rows, held_out, w.F_bar.middleCols(m * n, n));
  }
  w.F_bar *= weight;
  w.weight = weight;
  return weight * total;
}

double DepthNetwork::solve(Work& w, In q, std::span<const Index> rows, bool held_out,
                           double weight) const {
  start(w, rows, held_out);
  w.flow->forward(q.head(n_theta_), w.A0, w.X);
  return losses(w, q, rows, held_out, weight);
}

// After solve: g = the block's part.
void DepthNetwork::gradient(Work& w, In q, Out g) const {
  const Index C = loss_.outputs(), d = field_->width();
  g.setZero();
  if (has_readout()) {
    const Eigen::Map<const Samples> R(q.data() + n_theta_, C, d);
    Eigen::Map<Samples> R_bar(g.data() + n_theta_, C, d);
    R_bar.noalias() = w.F_bar * w.X.transpose();
    g.tail(C) = w.F_bar.rowwise().sum();
    w.X_bar.noalias() = R.transpose() * w.F_bar;
  } else {
    w.X_bar.topRows(C) = w.F_bar;
    w.X_bar.bottomRows(d - C).setZero();
  }
  w.flow->backward(w.X_bar, w.bar, g.head(n_theta_));
}

double DepthNetwork::evaluate(In q, std::span<const Index> rows, Part part, Out g) const {
  const Index chunks = chunks_of(rows.size());
  const double weight = factor(static_cast<Index>(rows.size()));
  Vec values(chunks);
  Mat gradients(part == Part::gradient ? dim() : 0, chunks);
  parallel_for(chunks, [&](std::ptrdiff_t c, int) {
    const Lease leased = lease();
    values[c] = solve(*leased.work, q, chunk_of(rows, c), false, weight);
    if (part == Part::gradient) gradient(*leased.work, q, gradients.col(c));
  });
  double value = 0.0;
  for (Index c = 0; c < chunks; ++c) value += values[c];
  const double l2 = options_.factors.l2;
  if (part == Part::gradient) {
    g = gradients.col(0);
    for (Index c = 1; c < chunks; ++c) g += gradients.col(c);
    if (l2 > 0.0) g += l2 * q;
  }
  return value + 0.5 * l2 * q.squaredNorm();
}

double DepthNetwork::value(In q) const {
  Vec none;
  return evaluate(q, all_rows_, Part::value, none);
}

double DepthNetwork::value_and_gradient(In q, Out g) const {
  return evaluate(q, all_rows_, Part::gradient, g);
}

double DepthNetwork::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  for (const Index i : batch)
    if (i < 0 || i >= samples_)
      throw ModelError(
          fmt::format("sample {} of a batch must be between 0 and {}", i, samples_ - 1));
  return evaluate(q, batch, Part::gradient, g);
}

DepthNetwork::Score DepthNetwork::score(In q, bool held_out) const {
  const Index n = held_out ? data_->X_test.rows() : samples_;
  std::vector<Index> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), Index{0});
  const Index chunks = chunks_of(rows.size());
  Vec losses_of(chunks), right(chunks);
  const auto& labels = held_out ? data_->labels_test : data_->labels;
  parallel_for(chunks, [&](std::ptrdiff_t c, int) {
    const Lease leased = lease();
    Work& w = *leased.work;
    const auto part = chunk_of(rows, c);
    losses_of[c] = solve(w, q, part, held_out, 1.0);
    right[c] = 0.0;
    for (std::size_t j = 0; j < part.size() && !labels.empty(); ++j) {
      const auto f = w.F.col(static_cast<Index>(j));
      Index largest = f.size() == 1 && f[0] > 0.0 ? 1 : 0;
      if (f.size() > 1) f.maxCoeff(&largest);
      right[c] += largest == labels[static_cast<std::size_t>(part[j])] ? 1.0 : 0.0;
    }
  });
  const double count = static_cast<double>(n);
  return {options_.factors.scale * losses_of.sum() / (count * static_cast<double>(outputs())),
          right.sum() / count};
}

Mat DepthNetwork::trajectory(In q, In start, const std::vector<double>& depths) const {
  const auto flow = options_.adjoint(field_, 1, 0.0, depths);
  const auto M = static_cast<Index>(depths.size());
  Mat A0 = Mat::Zero(field_->width(), 1), X(field_->width(), M);
  A0.col(0).head(start.size()) = start;
  flow->forward(q.head(n_theta_), A0, X);
  if (!has_readout()) return X.topRows(loss_.outputs());
  const Eigen::Map<const Samples> R(q.data() + n_theta_, loss_.outputs(), field_->width());
  return (R * X).colwise() + q.tail(loss_.outputs());
}

void DepthNetwork::outputs(In q, const Samples& X, Eigen::Map<Samples> F) const {
  const Index C = loss_.outputs(), d = field_->width(), M = outputs();
  parallel_for((X.rows() + block_ - 1) / block_, [&](std::ptrdiff_t c, int) {
    const Lease leased = lease();
    Work& w = *leased.work;
    const Index first = c * block_, n = std::min(block_, X.rows() - first);
    w.A0.setZero(d, n);
    w.A0.topRows(X.cols()) = X.middleRows(first, n).transpose();
    w.X.resize(d, n * M);
    w.flow->forward(q.head(n_theta_), w.A0, w.X);
    const auto last = w.X.rightCols(n);
    if (!has_readout()) {
      F.middleRows(first, n) = last.topRows(C).transpose();
      return;
    }
    const Eigen::Map<const Samples> R(q.data() + n_theta_, C, d);
    F.middleRows(first, n) = ((R * last).colwise() + q.tail(C)).transpose();
  });
}

FlowCost DepthNetwork::cost(In q, std::span<const Index> batch) const {
  const Index chunks = chunks_of(batch.size());
  std::vector<FlowCost> costs(static_cast<std::size_t>(chunks));
  parallel_for(chunks, [&](std::ptrdiff_t c, int) {
    const Lease leased = lease();
    Work& w = *leased.work;
    solve(w, q, chunk_of(batch, c), false, factor(samples_));
    gradient(w, q, w.g);
    costs[static_cast<std::size_t>(c)] = w.flow->cost();
  });
  FlowCost all = costs.front();
  for (std::size_t c = 1; c < costs.size(); ++c) {
    const FlowCost& one = costs[c];
    all.steps += one.steps;
    all.rejected += one.rejected;
    all.forward_evaluations += one.forward_evaluations;
    all.backward_evaluations += one.backward_evaluations;
    all.vjps += one.vjps;
    all.repeated_steps += one.repeated_steps;
    all.bytes = std::max(all.bytes, one.bytes);
    all.recovered_error = std::fmax(all.recovered_error, one.recovered_error);
  }
  return all;
}

}  // namespace thalweg
