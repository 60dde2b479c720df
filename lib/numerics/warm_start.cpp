#include <thalweg/numerics/warm_start.hpp>

#include <algorithm>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {

// Each kept space takes a search's vectors in memory. What a ridge suppresses is the error of the
// kept vectors, which large coefficients of opposite signs would amplify.
constexpr std::size_t most_spaces = 5;
constexpr double ridge = 0.003;

// V R with the orthogonal R that brings it nearest to U.
Mat turned_to(const Mat& U, const Mat& V) {
  const auto d = svd(Mat(V.transpose() * U));
  return V * (d.U * d.V.transpose());
}

}  // namespace

void WarmStart::clear() {
  points_.clear();
  spaces_.clear();
}

void WarmStart::add(In q, const EigenPairs& pairs) {
  const Mat& V = pairs.continued;
  if (!empty() && (spaces_[0].rows() != V.rows() || spaces_[0].cols() != V.cols())) clear();
  // Eigenvectors change places and signs from search to search; spaces do not.
  for (Mat& old : spaces_) old = turned_to(V, old);
  points_.insert(points_.begin(), q);
  spaces_.insert(spaces_.begin(), V);
  if (spaces_.size() <= most_spaces) return;
  points_.pop_back();
  spaces_.pop_back();
}

Mat WarmStart::columns(In q) const {
  Mat start = spaces_[0];
  const auto steps = static_cast<Index>(points_.size()) - 1;
  if (steps == 0) return start;
  Mat D(q.size(), steps);
  for (Index i = 0; i < steps; ++i) {
    const auto k = static_cast<std::size_t>(i);
    D.col(i) = points_[k] - points_[k + 1];
  }
  Mat G = D.transpose() * D;
  const double size = G.trace() / static_cast<double>(steps);
  if (!(size > 0.0)) return start;
  G.diagonal().array() += ridge * size;
  const auto eigen = symmetric_eigen(G);
  const Vec right = D.transpose() * (q - points_[0]);
  const Vec a =
      eigen.vectors * Vec((eigen.vectors.transpose() * right).cwiseQuotient(eigen.values));
  for (Index i = 0; i < steps; ++i) {
    const auto k = static_cast<std::size_t>(i);
    start += a[i] * (spaces_[k] - spaces_[k + 1]);
  }
  return start;
}

void WarmStart::save(Archive& archive, const std::string& key) const {
  archive.put(key + ".spaces", static_cast<std::int64_t>(spaces_.size()));
  archive.put(key + ".pairs", static_cast<std::int64_t>(empty() ? 0 : spaces_[0].cols()));
  for (std::size_t i = 0; i < spaces_.size(); ++i) {
    archive.put(key + ".point" + std::to_string(i), points_[i]);
    archive.put(key + ".space" + std::to_string(i), spaces_[i].reshaped());
  }
}

void WarmStart::load(const Archive& archive, const std::string& key) {
  clear();
  const auto count = archive.integer(key + ".spaces");
  const Index pairs = archive.integer(key + ".pairs");
  for (std::int64_t i = 0; i < count; ++i) {
    points_.emplace_back(archive.vector(key + ".point" + std::to_string(i)));
    const auto x = archive.vector(key + ".space" + std::to_string(i));
    spaces_.emplace_back(x.reshaped(x.size() / pairs, pairs));
  }
}

}  // namespace thalweg
