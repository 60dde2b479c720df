// Running variances or covariances of the draws (Welford 1962), drawn towards 1e-3 as in Stan.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/sampler.hpp>

#include <string>

namespace thalweg {

class Welford {
 public:
  Welford(InverseMetric::Kind kind, Index dim) : kind_(kind), dim_(dim) { restart(); }

  void restart() {
    n_ = 0;
    mean_ = delta_ = Vec::Zero(dim_);
    if (kind_ == InverseMetric::Kind::diagonal) squares_ = Vec::Zero(dim_);
    if (kind_ == InverseMetric::Kind::dense) products_ = Mat::Zero(dim_, dim_);
  }

  void add(const Vec& q) {
    ++n_;
    const auto n = static_cast<double>(n_);
    delta_ = q - mean_;
    mean_ += delta_ / n;
    if (kind_ == InverseMetric::Kind::diagonal)
      squares_.array() += delta_.array() * (q - mean_).array();
    if (kind_ == InverseMetric::Kind::dense)  // (q - new mean) = delta (n - 1) / n
      products_.selfadjointView<Eigen::Lower>().rankUpdate(delta_, (n - 1.0) / n);
  }
  [[nodiscard]] std::int64_t count() const { return n_; }

  /// n/(n+5) S + 1e-3 * 5/(n+5) I, S the sample covariance or its diagonal; needs n >= 2.
  [[nodiscard]] InverseMetric inverse_metric() const {
    const auto n = static_cast<double>(n_);
    const double weight = n / (n + 5.0) / (n - 1.0), towards = 1e-3 * 5.0 / (n + 5.0);
    InverseMetric metric{.kind = kind_};
    if (kind_ == InverseMetric::Kind::diagonal)
      metric.diagonal = (weight * squares_).array() + towards;
    if (kind_ == InverseMetric::Kind::dense) {
      metric.dense = products_.selfadjointView<Eigen::Lower>();
      metric.dense *= weight;
      metric.dense.diagonal().array() += towards;
    }
    return metric;
  }

  void save(Archive& archive, const std::string& prefix) const {
    archive.put(prefix + "n", n_);
    archive.put(prefix + "mean", mean_);
    if (kind_ == InverseMetric::Kind::diagonal) archive.put(prefix + "squares", squares_);
    if (kind_ == InverseMetric::Kind::dense) archive.put(prefix + "products", products_.reshaped());
  }
  void load(const Archive& archive, const std::string& prefix) {
    n_ = archive.integer(prefix + "n");
    mean_ = archive.vector(prefix + "mean");
    if (kind_ == InverseMetric::Kind::diagonal) squares_ = archive.vector(prefix + "squares");
    if (kind_ == InverseMetric::Kind::dense)
      products_ = archive.vector(prefix + "products").reshaped(dim_, dim_);
  }

 private:
  InverseMetric::Kind kind_;
  Index dim_;
  std::int64_t n_ = 0;
  Vec mean_, delta_, squares_;
  Mat products_;  // lower half
};

}  // namespace thalweg
