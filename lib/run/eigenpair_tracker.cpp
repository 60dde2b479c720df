#include <thalweg/numerics/drafted_lanczos.hpp>
#include <thalweg/numerics/spectra_eigenpairs.hpp>
#include <thalweg/run/eigenpair_tracker.hpp>

#include <cmath>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

// A gradient costs a little more than half a product. With a draft, each pair takes a product more
// and all other products become gradients. Differences are good to six or seven digits.
bool EigenpairTracker::draft_pays(bool cold) const {
  const Index wanted = options_.largest + options_.smallest;
  return draft_ != Draft::none && !spectra_ && matrix_.hessian() && options_.tolerance >= 1e-5 &&
         matrix_.dim() >= 20 * wanted && (cold || last_products_ > 3 * wanted);
}

EigenPairs EigenpairTracker::drafted(const SymmetricProduct& product, const AnyPotential& potential,
                                     In q, Mat start, const LanczosOptions& options, Rng& rng) {
  Vec g(q.size());
  potential.gradient(q, g);
  // At the edge of stability the steepest directions change places between rows and the gradient
  // lies along them. A random start gets as much of it as of noise, another start a column.
  const Vec part = matrix_.restricted(g);
  if (const double size = norm(part); size > 0.0 && options.refine) {
    start.conservativeResize(Eigen::NoChange, start.cols() + 1);
    start.rightCols(1) = part / size;
  } else if (size > 0.0) {
    start.col(0) += norm(start.col(0)) / size * part;
  }
  const auto draft = matrix_.differences(potential, q, std::move(g), draft_ == Draft::coarse);
  auto pairs = drafted_lanczos(product, draft, matrix_.dim(), start, options, rng);
  ++pairs.drafts;  // the gradient at q itself
  if (!pairs.draft_held) draft_ = draft_ == Draft::fine ? Draft::coarse : Draft::none;
  return pairs;
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
  pairs_ = spectra_           ? spectra_eigenpairs(product, n, options, rng)
           : draft_pays(cold) ? drafted(product, potential, q, std::move(start), options, rng)
                              : lanczos(product, n, start, options, rng);
  if (!cold) last_products_ = pairs_.products + pairs_.drafts;
  ++searches_;  // not before: a search that a signal breaks off must leave no trace
  warm_.add(q, pairs_);
  if (branches_) branches_->follow(pairs_, options_.tolerance);
  q_ = q;
  return pairs_;
}

void EigenpairTracker::start(double, In) {
  q_.resize(0);
  warm_.clear();
  searches_ = last_products_ = 0;
  draft_ = Draft::fine;
  if (branches_) branches_->reset();
}

void EigenpairTracker::save(Archive& archive) const {
  warm_.save(archive, key_);
  archive.put(key_ + ".searches", static_cast<std::int64_t>(searches_));
  archive.put(key_ + ".last_products", static_cast<std::int64_t>(last_products_));
  archive.put(key_ + ".draft", static_cast<std::int64_t>(draft_));
  if (branches_) branches_->save(archive, key_ + ".branches");
}

void EigenpairTracker::load(const Archive& archive) {
  q_.resize(0);
  warm_.load(archive, key_);
  searches_ = archive.integer(key_ + ".searches");
  last_products_ = archive.integer(key_ + ".last_products");
  draft_ = static_cast<Draft>(archive.integer(key_ + ".draft"));
  if (branches_) branches_->load(archive, key_ + ".branches");
}

}  // namespace thalweg
