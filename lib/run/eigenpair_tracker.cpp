#include <thalweg/run/eigenpair_tracker.hpp>

#include <thalweg/core/reduce.hpp>

namespace thalweg {

const EigenPairs& EigenpairTracker::at(const AnyPotential& potential, In q) {
  if (q_.size() == q.size() && q_ == q) return pairs_;
  // A stream for each search: nothing but the direction has to be remembered.
  Rng rng(static_cast<std::uint64_t>(searches_), key_);
  const Index n = matrix_.dim();
  Mat start(n, 1);
  rng.fill_normal(start.col(0));
  const bool cold = searches_ % cold_every_ == 0 || direction_.size() != n;
  if (!cold)
    start.col(0) = direction_ + 0.01 * norm(direction_) / norm(start.col(0)) * start.col(0);
  ++searches_;
  q_.resize(0);
  pairs_ = {};  // its vectors make room for the search
  auto options = options_;
  if (!cold) options.probe = 0;
  pairs_ = lanczos(matrix_.at(potential, q), n, start, options, rng);
  direction_ = pairs_.vectors.rowwise().sum();
  if (branches_) branches_->follow(pairs_, options_.tolerance);
  q_ = q;
  return pairs_;
}

void EigenpairTracker::start(double, In) {
  q_.resize(0);
  direction_.resize(0);
  searches_ = 0;
  if (branches_) branches_->reset();
}

void EigenpairTracker::save(Archive& archive) const {
  archive.put(key_ + ".direction", direction_);
  archive.put(key_ + ".searches", static_cast<std::int64_t>(searches_));
  if (branches_) branches_->save(archive, key_ + ".branches");
}

void EigenpairTracker::load(const Archive& archive) {
  q_.resize(0);
  direction_ = archive.vector(key_ + ".direction");
  searches_ = archive.integer(key_ + ".searches");
  if (branches_) branches_->load(archive, key_ + ".branches");
}

}  // namespace thalweg
