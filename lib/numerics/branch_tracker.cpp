#include <thalweg/numerics/branch_tracker.hpp>

#include <Eigen/SVD>  // full bases, which numerics/dense does not give
#include <algorithm>
#include <limits>
#include <numeric>
#include <thalweg/numerics/dense.hpp>
#include <tuple>

namespace thalweg {

namespace {

// An orthonormal basis of R^b (columns): first the one nearest to the columns of M, shape (b, a)
// with a <= b, then what is left. The polar factor of M, by its SVD.
Mat nearest_basis(const Mat& M) {
  if (M.cols() == 0) return Mat::Identity(M.rows(), M.rows());
  const Eigen::JacobiSVD<Mat> svd(M, Eigen::ComputeFullU | Eigen::ComputeFullV);
  Mat basis = svd.matrixU();
  basis.leftCols(M.cols()) = svd.matrixU().leftCols(M.cols()) * svd.matrixV().transpose();
  return basis;
}

}  // namespace

double BranchTracker::overlap() const {
  return cosines_.size() > 0 ? cosines_.squaredNorm() / static_cast<double>(cosines_.size())
                             : std::numeric_limits<double>::quiet_NaN();
}

std::vector<BranchTracker::Cluster> BranchTracker::clusters(const EigenPairs& pairs,
                                                            double tolerance) const {
  std::vector<Index> order;
  for (Index i = 0; i < pairs.values.size(); ++i)
    if (pairs.converged[static_cast<std::size_t>(i)]) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return pairs.values[a] > pairs.values[b]; });
  std::vector<Cluster> all;
  for (const Index i : order) {
    const bool joins = !all.empty() && pairs.values[all.back().pairs.back()] - pairs.values[i] <=
                                           tolerance * pairs.scale;
    if (!joins) all.emplace_back();
    all.back().pairs.push_back(i);
  }
  return all;
}

void BranchTracker::measure_angles(const EigenPairs& pairs, const Mat& products) {
  const bool known = std::all_of(pairs.converged.begin(), pairs.converged.begin() + leading_,
                                 [](bool c) { return c; });
  cosines_.setConstant(leading_, std::numeric_limits<double>::quiet_NaN());
  if (known && leading_is_known_ && leading_ > 0)
    cosines_ = singular_values(products.topLeftCorner(leading_, leading_)).cwiseMin(1.0);
  leading_is_known_ = known;
}

void BranchTracker::follow(const EigenPairs& pairs, double tolerance) {
  const Index k = pairs.values.size();
  if (reference_.rows() != pairs.vectors.rows() || reference_.cols() != k) {
    reset();
    reference_.setZero(pairs.vectors.rows(), k);
    held_.assign(static_cast<std::size_t>(k), 0);
  }
  const Mat products = reference_.transpose() * pairs.vectors;
  measure_angles(pairs, products);

  auto all = clusters(pairs, tolerance);
  std::vector<std::tuple<double, Index, std::size_t>> claims;  // share, column, cluster
  for (Index i = 0; i < k; ++i)
    for (std::size_t c = 0; c < all.size(); ++c) {
      double share = 0.0;
      for (const Index j : all[c].pairs) share += products(i, j) * products(i, j);
      if (share > 0.5) claims.emplace_back(-share, i, c);
    }
  std::sort(claims.begin(), claims.end());
  std::vector<bool> has_heir(static_cast<std::size_t>(k), false);
  for (const auto& [share, i, c] : claims) {
    if (has_heir[static_cast<std::size_t>(i)] || all[c].heirs.size() == all[c].pairs.size())
      continue;
    has_heir[static_cast<std::size_t>(i)] = true;
    all[c].heirs.push_back(i);
  }

  Mat turned = Mat::Zero(reference_.rows(), k);
  std::vector<Index> held(static_cast<std::size_t>(k), 0);
  for (auto& cluster : all) {
    const auto size = static_cast<Index>(cluster.pairs.size()),
               old = static_cast<Index>(cluster.heirs.size());
    std::sort(cluster.heirs.begin(), cluster.heirs.end());
    Mat M(size, old);
    for (Index a = 0; a < old; ++a)
      for (Index b = 0; b < size; ++b)
        M(b, a) = products(cluster.heirs[static_cast<std::size_t>(a)],
                           cluster.pairs[static_cast<std::size_t>(b)]);
    const Mat basis = nearest_basis(M);
    std::vector<Index> number;
    for (const Index i : cluster.heirs) number.push_back(held_[static_cast<std::size_t>(i)]);
    while (static_cast<Index>(number.size()) < size) number.push_back(next_++);
    // The branch with the largest u' A u gets the place of the largest value.
    Vec quotient = Vec::Zero(size);
    for (Index b = 0; b < size; ++b)
      quotient += pairs.values[cluster.pairs[static_cast<std::size_t>(b)]] *
                  basis.row(b).cwiseAbs2().transpose();
    std::vector<Index> order(static_cast<std::size_t>(size));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](Index a, Index b) { return quotient[a] > quotient[b]; });
    for (std::size_t p = 0; p < order.size(); ++p) {
      const Index place = cluster.pairs[p];
      held[static_cast<std::size_t>(place)] = number[static_cast<std::size_t>(order[p])];
      for (Index b = 0; b < size; ++b)
        turned.col(place) +=
            basis(b, order[p]) * pairs.vectors.col(cluster.pairs[static_cast<std::size_t>(b)]);
    }
  }
  branch_ = held;
  // In the places of what is not converged, the branches without an heir wait.
  Index waiting = 0;
  for (Index place = 0; place < k; ++place) {
    if (held[static_cast<std::size_t>(place)] != 0) continue;
    while (waiting < k && (has_heir[static_cast<std::size_t>(waiting)] ||
                           held_[static_cast<std::size_t>(waiting)] == 0))
      ++waiting;
    if (waiting == k) break;
    turned.col(place) = reference_.col(waiting);
    held[static_cast<std::size_t>(place)] = held_[static_cast<std::size_t>(waiting++)];
  }
  reference_ = std::move(turned);
  held_ = std::move(held);
}

void BranchTracker::reset() {
  next_ = 1;
  reference_.resize(0, 0);
  held_.clear();
  branch_.clear();
  cosines_.resize(0);
  leading_is_known_ = false;
}

void BranchTracker::save(Archive& archive, const std::string& key) const {
  archive.put(key + ".reference", Eigen::Map<const Vec>(reference_.data(), reference_.size()));
  archive.put(key + ".next", static_cast<std::int64_t>(next_));
  archive.put(key + ".leading_is_known", static_cast<std::int64_t>(leading_is_known_));
  archive.integers[key + ".held"].assign(held_.begin(), held_.end());
}

void BranchTracker::load(const Archive& archive, const std::string& key) {
  reset();
  const auto numbers = archive.vector(key + ".reference");
  next_ = archive.integer(key + ".next");
  leading_is_known_ = archive.integer(key + ".leading_is_known") != 0;
  const auto held = archive.integers.find(key + ".held");
  if (held != archive.integers.end()) held_.assign(held->second.begin(), held->second.end());
  const auto k = static_cast<Index>(held_.size());
  if (k > 0) reference_ = Eigen::Map<const Mat>(numbers.data(), numbers.size() / k, k);
}

}  // namespace thalweg
