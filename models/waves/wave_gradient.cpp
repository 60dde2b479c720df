#include <thalweg/models/waves/wave_gradient.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace thalweg {

WaveGradient::WaveGradient(std::shared_ptr<const wave_kernel::Leapfrog> net, Vec last,
                           Vec last_but_one, Index layers)
    : net_(std::move(net)),
      last_(2 * last.size()),
      layers_(layers),
      stride_(std::max<Index>(
          1, static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(layers)))))) {
  last_ << last, last_but_one;
}

void WaveGradient::backpropagate(Vec& pair) const {
  net_->transpose(pair.data(), pair.data() + net_->size(), workspace_);
}

void WaveGradient::sweep() const {
  stored_.resize(static_cast<std::size_t>(layers_ / stride_ + 1));
  Vec now = last_;
  for (Index t = layers_; t >= 0; --t) {
    if (t % stride_ == 0) stored_[static_cast<std::size_t>(t / stride_)] = now;
    if (t > 0) backpropagate(now);
  }
}

void WaveGradient::fill(Index segment) const {
  const Index first = segment * stride_, end = std::min(first + stride_, layers_);
  const auto above = static_cast<std::size_t>(segment + 1);
  Vec now = above < stored_.size() ? stored_[above] : last_;
  segment_.resize(static_cast<std::size_t>(stride_ + 1));
  for (Index t = end; t >= first; --t) {
    segment_[static_cast<std::size_t>(t - first)] = now;
    if (t > first) backpropagate(now);
  }
  segment_number_ = segment;
}

Vec WaveGradient::pair(Index t) const {
  if (t < 0 || t > layers_) return Vec::Zero(last_.size());
  const std::lock_guard lock(busy_);
  if (stored_.empty()) sweep();
  const Index segment = t / stride_;
  if (segment != segment_number_) fill(segment);
  return segment_[static_cast<std::size_t>(t - segment * stride_)];
}

}  // namespace thalweg
