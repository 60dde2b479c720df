#include <thalweg/chaos/block_averages.hpp>
#include <thalweg/chaos/long_run_variance.hpp>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace thalweg {

namespace {
constexpr std::size_t most_blocks = 256;
}  // namespace

BlockAverages::BlockAverages(Index k) : k_(k), total_(Vec::Zero(k)), current_(Vec::Zero(k)) {}

void BlockAverages::add(In growth, double time) {
  total_ += growth;
  current_ += growth;
  time_ += time;
  interval_ = time;
  if (++in_current_ < per_block_) return;
  blocks_.push_back(current_);
  current_.setZero();
  in_current_ = 0;
  if (blocks_.size() < most_blocks) return;
  for (std::size_t b = 0; b < most_blocks / 2; ++b)
    blocks_[b] = (blocks_[2 * b] + blocks_[2 * b + 1]).eval();
  blocks_.resize(most_blocks / 2);
  per_block_ *= 2;
}

Vec BlockAverages::mean() const {
  if (!(time_ > 0.0)) return Vec::Constant(k_, std::numeric_limits<double>::quiet_NaN());
  return total_ / time_;
}

Mat BlockAverages::matrix() const {
  Mat all(k_, blocks());
  for (Index b = 0; b < all.cols(); ++b) all.col(b) = blocks_[static_cast<std::size_t>(b)];
  return all;
}

BlockAverages::Errors BlockAverages::errors() const {
  // What is not in a complete block yet counts as a part of one.
  const double n = time_ / (static_cast<double>(per_block_) * interval_);
  const auto v = long_run_variance(matrix(), n);
  Errors e{v.variance.cwiseSqrt() / time_, Vec(k_)};
  for (Index j = 0; j < k_; ++j) {
    const double f = v.freedom[j];
    if (!(e.standard_error[j] > 0.0)) {  // none, or unknown
      e.half_width[j] = e.standard_error[j];
      continue;
    }
    const boost::math::students_t student(f);
    e.half_width[j] =
        boost::math::quantile(student, 0.975) * std::sqrt((f - 2.0) / f) * e.standard_error[j];
  }
  return e;
}

BlockAverages BlockAverages::combination(In weights) const {
  BlockAverages sum(1);
  sum.per_block_ = per_block_;
  sum.in_current_ = in_current_;
  sum.time_ = time_;
  sum.interval_ = interval_;
  sum.total_[0] = weights.dot(total_);
  sum.current_[0] = weights.dot(current_);
  for (const auto& b : blocks_) sum.blocks_.emplace_back(Vec::Constant(1, weights.dot(b)));
  return sum;
}

Vec BlockAverages::correlation(const BlockAverages& other) const {
  Vec r = Vec::Zero(k_);
  if (blocks() < 2 || other.blocks() != blocks()) return r;
  Mat a = matrix(), b = other.matrix();
  const Vec mean_a = a.rowwise().mean(), mean_b = b.rowwise().mean();
  a.colwise() -= mean_a;
  b.colwise() -= mean_b;
  for (Index j = 0; j < k_; ++j) {
    const double sizes = a.row(j).norm() * b.row(j).norm();
    if (sizes > 0.0) r[j] = a.row(j).dot(b.row(j)) / sizes;
  }
  return r;
}

void BlockAverages::save(Archive& a, const std::string& p) const {
  a.put(p + "per_block", static_cast<std::int64_t>(per_block_));
  a.put(p + "in_current", static_cast<std::int64_t>(in_current_));
  a.put(p + "time", time_);
  a.put(p + "interval", interval_);
  a.put(p + "total", total_);
  a.put(p + "current", current_);
  Vec all(k_ * blocks());
  for (Index b = 0; b < blocks(); ++b)
    all.segment(b * k_, k_) = blocks_[static_cast<std::size_t>(b)];
  a.put(p + "blocks", all);
}

void BlockAverages::load(const Archive& a, const std::string& p) {
  per_block_ = a.integer(p + "per_block");
  in_current_ = a.integer(p + "in_current");
  time_ = a.real(p + "time");
  interval_ = a.real(p + "interval");
  total_ = a.vector(p + "total");
  current_ = a.vector(p + "current");
  const Vec all = a.vector(p + "blocks");
  blocks_.clear();
  for (Index b = 0; b < all.size() / k_; ++b) blocks_.emplace_back(all.segment(b * k_, k_));
}

}  // namespace thalweg
