#include <thalweg/chaos/block_averages.hpp>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace thalweg {

namespace {
constexpr std::size_t most_blocks = 64;
constexpr Index least_blocks = 8;
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

Vec BlockAverages::standard_error() const {
  const Index B = blocks();
  Vec error = Vec::Constant(k_, std::numeric_limits<double>::quiet_NaN());
  if (B < least_blocks) return error;
  const double length = static_cast<double>(per_block_) * interval_;
  for (Index j = 0; j < k_; ++j) {
    double mean = 0.0, square = 0.0, neighbours = 0.0, previous = 0.0;
    for (const auto& b : blocks_) mean += b[j] / length;
    mean /= static_cast<double>(B);
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const double off = blocks_[b][j] / length - mean;
      square += off * off;
      if (b > 0) neighbours += previous * off;
      previous = off;
    }
    const double r = square > 0.0 ? std::max(0.0, neighbours / square) : 0.0;
    error[j] =
        std::sqrt(square / static_cast<double>(B - 1) / static_cast<double>(B) * (1.0 + 2.0 * r));
  }
  return error;
}

Vec BlockAverages::half_width() const {
  if (blocks() < least_blocks) return standard_error();
  const boost::math::students_t student(static_cast<double>(blocks() - 1));
  return boost::math::quantile(student, 0.975) * standard_error();
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
