#include <thalweg/numerics/drafted_lanczos.hpp>
#include <thalweg/numerics/spectra_eigenpairs.hpp>
#include <thalweg/run/eigenpair_tracker.hpp>

#include <cmath>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

// A search costs a product for each pair more where differences draft it, and less for each other
// product. They are good to six or seven digits.
bool EigenpairTracker::drafts_pay() const {
  return matrix_.hessian() && options_.tolerance >= 1e-5 &&
         matrix_.dim() >= 20 * (options_.largest + options_.smallest);
}

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
  if (spectra_) {
    pairs_ = spectra_eigenpairs(product, n, options, rng);
  } else if (cold && drafts_pay()) {
    Vec g(q.size());
    potential.gradient(q, g);
    // Half of the start is the gradient, which has more of the wanted directions than noise has.
    const Vec part = matrix_.restricted(g);
    if (const double size = norm(part); size > 0.0)
      start.col(0) += norm(start.col(0)) / size * part;
    pairs_ = drafted_lanczos(product, matrix_.differences(potential, q, std::move(g)), n, start,
                             options, rng);
    ++pairs_.drafts;  // the gradient at q itself
  } else {
    pairs_ = lanczos(product, n, start, options, rng);
  }
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
