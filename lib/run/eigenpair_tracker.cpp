#include <thalweg/run/eigenpair_tracker.hpp>

#include <cmath>

namespace thalweg {

const EigenPairs& EigenpairTracker::at(const AnyPotential& potential, In q) {
  if (q_.size() == q.size() && q_ == q) return pairs_;
  // A stream for each search: nothing but the direction has to be remembered.
  Rng rng(static_cast<std::uint64_t>(searches_), key_);
  const bool cold = searches_ % cold_every_ == 0 || warm_.empty();
  Mat start(q.size(), 1);
  if (cold) {
    rng.fill_normal(start.col(0));
  } else {
    // A little noise, too little to cost products: a direction that rises unseen grows from it row
    // by row, by the power step between rows, until its residual shows.
    start = warm_.columns(q);
    Mat noise(start.rows(), start.cols());
    for (Index j = 0; j < noise.cols(); ++j) rng.fill_normal(noise.col(j));
    start += (0.1 * options_.tolerance / std::sqrt(static_cast<double>(q.size()))) * noise;
  }
  ++searches_;
  q_.resize(0);
  auto options = options_;
  options.refine = !cold;
  if (!cold) options.probe = 0;
  const auto curvature = potential.at(q);
  pairs_ =
      lanczos([&](MatIn V, MatOut HV) { curvature->hvp(V, HV); }, q.size(), start, options, rng);
  warm_.add(q, pairs_);
  q_ = q;
  return pairs_;
}

void EigenpairTracker::start(double, In) {
  q_.resize(0);
  warm_.clear();
  searches_ = 0;
}

void EigenpairTracker::save(Archive& archive) const {
  warm_.save(archive, key_);
  archive.put(key_ + ".searches", static_cast<std::int64_t>(searches_));
}

void EigenpairTracker::load(const Archive& archive) {
  q_.resize(0);
  warm_.load(archive, key_);
  searches_ = archive.integer(key_ + ".searches");
}

}  // namespace thalweg
