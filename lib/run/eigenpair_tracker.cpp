#include <thalweg/run/eigenpair_tracker.hpp>

#include <thalweg/core/reduce.hpp>

namespace thalweg {

const EigenPairs& EigenpairTracker::at(const AnyPotential& potential, In q) {
  if (q_.size() == q.size() && q_ == q) return pairs_;
  // A stream for each search: nothing but the direction has to be remembered.
  Rng rng(static_cast<std::uint64_t>(searches_), key_);
  Mat start(q.size(), 1);
  rng.fill_normal(start.col(0));
  const bool cold = searches_ % cold_every_ == 0 || direction_.size() != q.size();
  if (!cold)
    start.col(0) = direction_ + 0.01 * norm(direction_) / norm(start.col(0)) * start.col(0);
  ++searches_;
  q_.resize(0);
  auto options = options_;
  if (!cold) options.probe = 0;
  const auto curvature = potential.at(q);
  pairs_ =
      lanczos([&](MatIn V, MatOut HV) { curvature->hvp(V, HV); }, q.size(), start, options, rng);
  direction_ = pairs_.vectors.rowwise().sum();
  q_ = q;
  return pairs_;
}

void EigenpairTracker::start(double, In) {
  q_.resize(0);
  direction_.resize(0);
  searches_ = 0;
}

void EigenpairTracker::save(Archive& archive) const {
  archive.put(key_ + ".direction", direction_);
  archive.put(key_ + ".searches", static_cast<std::int64_t>(searches_));
}

void EigenpairTracker::load(const Archive& archive) {
  q_.resize(0);
  direction_ = archive.vector(key_ + ".direction");
  searches_ = archive.integer(key_ + ".searches");
}

}  // namespace thalweg
