#include <thalweg/numerics/spectra_eigenpairs.hpp>
#include <thalweg/run/eigenpair_tracker.hpp>

#include <cmath>

namespace thalweg {

const EigenPairs& EigenpairTracker::at(const AnyPotential& potential, In q) {
  if (q_.size() == q.size() && q_ == q) return pairs_;
  // A stream for each search: nothing but the direction has to be remembered.
  Rng rng(static_cast<std::uint64_t>(searches_), key_);
  const Index n = matrix_.dim();
  const bool cold = searches_ % cold_every_ == 0 || warm_.empty();
  Mat start(n, 1);
  if (spectra_) {
    // It draws its own start.
  } else if (cold) {
    rng.fill_normal(start.col(0));
  } else {
    // A little noise, too little to cost products: a direction that rises unseen grows from it row
    // by row, by the power step between rows, until its residual shows.
    start = warm_.columns(q);
    Mat noise(start.rows(), start.cols());
    for (Index j = 0; j < noise.cols(); ++j) rng.fill_normal(noise.col(j));
    start += (0.1 * options_.tolerance / std::sqrt(static_cast<double>(n))) * noise;
  }
  q_.resize(0);
  pairs_ = {};  // its vectors make room for the search
  auto options = options_;
  options.refine = !cold;
  if (!cold) options.probe = 0;
  const auto product = matrix_.at(potential, q);
  pairs_ = spectra_ ? spectra_eigenpairs(product, n, options, rng)
                    : lanczos(product, n, start, options, rng);
  ++searches_;  // not before: a search that a signal breaks off must leave no trace
  warm_.add(q, pairs_);
  if (branches_) branches_->follow(pairs_, options_.tolerance);
  q_ = q;
  return pairs_;
}

void EigenpairTracker::start(double, In) {
  q_.resize(0);
  warm_.clear();
  searches_ = 0;
  if (branches_) branches_->reset();
}

void EigenpairTracker::save(Archive& archive) const {
  warm_.save(archive, key_);
  archive.put(key_ + ".searches", static_cast<std::int64_t>(searches_));
  if (branches_) branches_->save(archive, key_ + ".branches");
}

void EigenpairTracker::load(const Archive& archive) {
  q_.resize(0);
  warm_.load(archive, key_);
  searches_ = archive.integer(key_ + ".searches");
  if (branches_) branches_->load(archive, key_ + ".branches");
}

}  // namespace thalweg
