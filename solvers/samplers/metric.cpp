#include <thalweg/solvers/samplers/metric.hpp>

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <thalweg/core/error.hpp>

namespace thalweg {

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = {"unit", "diagonal", "dense"};
  return names;
}

InverseMetric::Kind metric_kind(const std::string& name) {
  if (name == "unit") return InverseMetric::Kind::unit;
  if (name == "diagonal") return InverseMetric::Kind::diagonal;
  if (name == "dense") return InverseMetric::Kind::dense;
  throw ConfigError(fmt::format("sampler.metric = \"{}\" must be unit, diagonal or dense", name));
}

const char* to_text(InverseMetric::Kind kind) {
  return metric_names()[static_cast<std::size_t>(kind)].c_str();
}

Metric::Metric(InverseMetric::Kind kind, Index dim) : dim_(dim) {
  inverse_.kind = kind;
  if (kind == InverseMetric::Kind::diagonal) {
    inverse_.diagonal = Vec::Ones(dim);
    deviation_ = Vec::Ones(dim);
  }
  if (kind == InverseMetric::Kind::dense) {
    inverse_.dense = Mat::Identity(dim, dim);
    factor_ = Mat::Identity(dim, dim);
  }
}

void Metric::set(const InverseMetric& metric) {
  if (metric.kind != inverse_.kind)
    throw ConfigError(
        fmt::format("the metric to take over is {}, sampler.metric is {}: choose the same",
                    to_text(metric.kind), to_text(inverse_.kind)));
  if (metric.kind == InverseMetric::Kind::diagonal) {
    if (metric.diagonal.size() != dim_)
      throw ConfigError(fmt::format("the metric to take over is of {} parameters, the model has {}",
                                    metric.diagonal.size(), dim_));
    for (Index i = 0; i < dim_; ++i)
      if (!(metric.diagonal[i] > 0.0) || !std::isfinite(metric.diagonal[i]))
        throw ConfigError(fmt::format("entry {} of the inverse metric = {} must be > 0 and finite",
                                      i, metric.diagonal[i]));
    deviation_ = metric.diagonal.cwiseSqrt().cwiseInverse();
  }
  if (metric.kind == InverseMetric::Kind::dense) {
    if (metric.dense.rows() != dim_ || metric.dense.cols() != dim_)
      throw ConfigError(fmt::format("the metric to take over is of {} parameters, the model has {}",
                                    metric.dense.rows(), dim_));
    const Eigen::LLT<Mat> llt(metric.dense);
    const bool symmetric =
        (metric.dense - metric.dense.transpose()).norm() <= 1e-12 * metric.dense.norm();
    if (!symmetric || !metric.dense.allFinite() || llt.info() != Eigen::Success)
      throw ConfigError("the dense inverse metric must be symmetric and positive definite");
    factor_ = llt.matrixL();
  }
  inverse_ = metric;
}

void Metric::velocity(In p, Out v) const {
  switch (inverse_.kind) {
    case InverseMetric::Kind::unit:
      v = p;
      return;
    case InverseMetric::Kind::diagonal:
      v = inverse_.diagonal.cwiseProduct(p);
      return;
    case InverseMetric::Kind::dense:
      v.noalias() = inverse_.dense.transpose() * p;  // symmetric; by columns is faster
      return;
  }
}

void Metric::draw(Rng& rng, Out p) const {
  rng.fill_normal(p);
  if (inverse_.kind == InverseMetric::Kind::diagonal) p.array() *= deviation_.array();
  if (inverse_.kind == InverseMetric::Kind::dense)
    factor_.triangularView<Eigen::Lower>().transpose().solveInPlace(p);
}

void Metric::save(Archive& archive, const std::string& prefix) const {
  archive.put(prefix + "kind", std::string(to_text(inverse_.kind)));
  if (inverse_.kind == InverseMetric::Kind::diagonal)
    archive.put(prefix + "diagonal", inverse_.diagonal);
  if (inverse_.kind == InverseMetric::Kind::dense)
    archive.put(prefix + "dense", inverse_.dense.reshaped());
}

void Metric::load(const Archive& archive, const std::string& prefix) {
  InverseMetric metric{.kind = metric_kind(archive.text(prefix + "kind"))};
  if (metric.kind == InverseMetric::Kind::diagonal)
    metric.diagonal = archive.vector(prefix + "diagonal");
  if (metric.kind == InverseMetric::Kind::dense)
    metric.dense = archive.vector(prefix + "dense").reshaped(dim_, dim_);
  set(metric);
}

}  // namespace thalweg
